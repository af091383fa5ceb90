import type { Results } from '../results.js';
import { enginePlot } from './engine-plot.js';
import { engineTable } from './engine-table.js';
import { pausesTable } from './pauses-table.js';
import { restTable } from './rest-table.js';
import { scalePlot } from './scale-plot.js';
import { scaleTables } from './scale-table.js';
import { writesTables } from './writes-table.js';
import { writesPlot } from './writes-plot.js';

/** The tables of what was run, as Markdown. */
export function reportOf({ engines, scale, writes, pauses, rest }: Results): string {
  return [
    engines && engineTable(engines),
    scale && scaleTables(scale),
    writes && writesTables(writes),
    pauses && pausesTable(pauses),
    rest && restTable(rest),
  ].join('');
}

/** The pictures of what was run, as SVG, by name. */
export function picturesOf({ engines, scale, writes }: Results): Readonly<Record<string, string>> {
  return {
    ...(engines && { engine: enginePlot(engines) }),
    ...(scale && scale.results.length > 0 && { scale: scalePlot(scale) }),
    ...(writes && writes.results.length > 0 && { writes: writesPlot(writes) }),
  };
}
