import { figureOf } from '../engine/compare-engines.js';
import type { MemoryUse } from '../engine/memory-meter.js';
import { describeScale } from '../scale/describe-scale.js';
import type { ScaleReport, ScaleResult } from '../scale/scale-result.js';
import { useWorkloadNames } from '../scale/use-stage.js';
import { barPanels, PANELS_LEGEND, PANELS_WIDTH, type BarPanel } from './bar-panels.js';
import { linearAxis, linePanel } from './line-panel.js';
import { groupsOf } from './scale-table.js';
import { at, engineColour, FAINT, page, SMALL_PRINT_STEP, smallPrint, text } from './svg.js';

const MARGIN = 28;
const PAGE_HEAD = 60;
const GROUP_HEAD = 44;
const MEMORY_HEIGHT = 220;
const MIB = 1024 * 1024;

/** For each thing measured the rates, and the memory over time while it was filled and while it was used. */
export function scalePlot({ machine, results }: ScaleReport): string {
  const content: string[] = [];
  let top = PAGE_HEAD;
  for (const group of groupsOf(results)) {
    const heads = [describeScale(group[0]), PANELS_LEGEND];
    content.push(...heads.map((line, i) => text(MARGIN, top + 12 + i * 16, line, { size: 12, fill: FAINT })));
    const panels = barPanels(
      group.map(({ engine }) => engine),
      ratesOf(group),
    );
    content.push(at(MARGIN, top + GROUP_HEAD, panels.svg));
    content.push(at(MARGIN, top + GROUP_HEAD + 12 + panels.height, memoryOf(group)));
    top += GROUP_HEAD + 12 + panels.height + MEMORY_HEIGHT + 24;
    const lines = [machine, ...group.map(({ engine, settings }) => `${engine}: ${settings}`)];
    content.push(...smallPrint(MARGIN, top, lines));
    top += lines.length * SMALL_PRINT_STEP + 20;
  }
  const title = text(MARGIN, 38, 'Databases larger than the caches: operations a second', { size: 20, weight: 600 });
  return page(2 * MARGIN + PANELS_WIDTH, top, [title, ...content]);
}

function ratesOf(group: readonly ScaleResult[]): BarPanel[] {
  const panel = (name: string, of: (result: ScaleResult) => number | undefined): BarPanel => ({
    name,
    rates: group.map((result) => {
      const rate = of(result);
      return rate === undefined ? undefined : figureOf([rate]);
    }),
  });
  return [
    panel('fillrandom', ({ fill }) => fill.fillrandom.rate),
    panel('overwrite', ({ fill }) => fill.overwrite?.rate),
    ...useWorkloadNames.map((name) => panel(name, ({ use }) => use.rates[name])),
  ].filter(({ rates }) => rates.some((rate) => rate !== undefined));
}

function memoryOf(group: readonly ScaleResult[]): string[] {
  const width = PANELS_WIDTH / 2;
  const panel = (title: string, of: (result: ScaleResult) => MemoryUse): string[] => {
    const lines = group.map((result, i) => ({
      name: result.engine,
      colour: engineColour(i),
      points: of(result).samples.map(({ seconds, anonymousBytes, residentBytes }) => ({
        x: seconds,
        y: (anonymousBytes ?? residentBytes) / MIB,
      })),
    }));
    const points = lines.flatMap((line) => line.points);
    return linePanel({
      ...{ title, width, height: MEMORY_HEIGHT, lines },
      xMax: points.reduce((most, { x }) => Math.max(most, x), 1),
      x: (seconds) => `${seconds.toFixed(seconds < 60 ? 1 : 0)} s`,
      y: linearAxis(
        points.map(({ y }) => y),
        (value) => `${value} MiB`,
      ),
    });
  };
  return [
    ...panel('Memory while filling, without mapped files', ({ fill }) => fill.memory),
    at(
      width,
      0,
      panel('Memory while reading and writing, without mapped files', ({ use }) => use.memory),
    ),
  ];
}
