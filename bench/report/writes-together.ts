import { perSecond } from '../table.js';
import type { WritesResult } from '../writes/writes-result.js';
import { linearAxis, linePanel, type Axis } from './line-panel.js';
import { at } from './svg.js';
import { latencyAxis, timeAxis, type Second } from './writes-axes.js';

const PANEL_HEIGHT = 230;
const PANEL_STEP = PANEL_HEIGHT + 12;

/** Far apart, for the lines of the engines cross each other. */
const COLOURS = ['#c2410c', '#2563eb', '#0f766e', '#7c3aed', '#64748b'];

const panels: readonly {
  readonly title: string;
  readonly of: (second: Second) => number;
  readonly axis: (values: readonly number[]) => Axis;
}[] = [
  {
    title: 'Writes answered in each second',
    of: ({ writes }) => writes,
    axis: (values) => linearAxis(values, perSecond),
  },
  { title: 'Latency: p99.9 of each second', of: ({ p999Ms }) => p999Ms, axis: latencyAxis },
  { title: 'Latency: the slowest write of each second', of: ({ maxMs }) => maxMs, axis: latencyAxis },
];

export const TOGETHER_HEIGHT = panels.length * PANEL_STEP;

/** What is compared first, with a line an engine in each panel; the first engine lies on top. */
export function writesTogether(group: readonly WritesResult[], width: number): string[] {
  return panels.map(({ title, of, axis }, row) =>
    at(
      0,
      row * PANEL_STEP,
      linePanel({
        ...{ title, width, height: PANEL_HEIGHT, ...timeAxis(group) },
        y: axis(group.flatMap(({ seconds }) => seconds.map(of))),
        lines: group.map(({ engine, seconds }, i) => ({
          name: engine,
          colour: COLOURS[i % COLOURS.length]!,
          points: seconds.map((second) => ({ x: second.second, y: of(second) })),
        })),
      }),
    ),
  );
}
