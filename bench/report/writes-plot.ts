import { perSecond } from '../table.js';
import { describeWrites } from '../writes/describe-writes.js';
import type { WritesReport, WritesResult } from '../writes/writes-result.js';
import { alike } from './alike.js';
import { linearAxis, linePanel, logAxis, type Axis } from './line-panel.js';
import { at, FAINT, page, SMALL_PRINT_STEP, smallPrint, text } from './svg.js';

const MARGIN = 28;
const PAGE_HEAD = 52;
const GROUP_HEAD = 72;
const COLUMN_WIDTH = 390;
const PANEL_HEIGHT = 190;
const PANEL_GAP = 12;
const MIB = 1024 * 1024;
/** Below these nothing is worth the height. */
const LEAST_LATENCY_MS = 0.01;
const LEAST_PAUSE_MS = 1;

type Second = WritesResult['seconds'][number];

interface Row {
  readonly title: string;
  /** The first lies on top. */
  readonly lines: readonly {
    readonly name: string;
    readonly colour: string;
    readonly of: (second: Second) => number;
  }[];
  readonly axis: (values: readonly number[]) => Axis;
}

const ms = (value: number): string => `${Number(value.toPrecision(1))} ms`;

const rows: readonly Row[] = [
  {
    title: 'Writes a second',
    lines: [{ name: 'answered in each second', colour: '#c2410c', of: ({ writes }) => writes }],
    axis: (values) => linearAxis(values, perSecond),
  },
  {
    title: 'Latency in each second',
    lines: [
      { name: 'p50', colour: '#0f766e', of: ({ p50Ms }) => p50Ms },
      { name: 'p99', colour: '#2563eb', of: ({ p99Ms }) => p99Ms },
      { name: 'p99.9', colour: '#d97706', of: ({ p999Ms }) => p999Ms },
      { name: 'slowest', colour: '#b91c1c', of: ({ maxMs }) => maxMs },
    ],
    axis: (values) => logAxis(values, LEAST_LATENCY_MS, ms),
  },
  {
    title: 'Longest pause of the event loop in each second',
    lines: [
      { name: 'garbage collection', colour: '#7c3aed', of: ({ collectionMaxMs }) => collectionMaxMs },
      { name: 'pause', colour: '#475569', of: ({ pauseMs }) => pauseMs },
    ],
    axis: (values) => logAxis(values, LEAST_PAUSE_MS, ms),
  },
  {
    title: 'Memory',
    lines: [
      { name: 'resident', colour: '#475569', of: ({ residentBytes }) => residentBytes / MIB },
      { name: 'without mapped files', colour: '#2563eb', of: ({ anonymousBytes = 0 }) => anonymousBytes / MIB },
    ],
    axis: (values) => linearAxis(values, (value) => `${value} MiB`),
  },
];

/** The engines side by side, second by second, on the same axes: a column an engine, and a row for each thing measured. */
export function writesPlot({ machine, results }: WritesReport): string {
  const groups = alike(results, describeWrites);
  const columns = Math.max(...groups.map((group) => group.length));
  const content: string[] = [];
  let top = PAGE_HEAD;
  for (const group of groups) {
    // In two lines: one engine alone makes a narrow page.
    const described = describeWrites(group[0]).split('; ');
    content.push(...described.map((line, i) => text(MARGIN, top + 12 + i * 16, line, { size: 12, fill: FAINT })));
    content.push(at(MARGIN, top + GROUP_HEAD, columnsOf(group)));
    const notes = [machine, ...group.map(({ engine, settings }) => `${engine}: ${settings}`)];
    top += GROUP_HEAD + rows.length * (PANEL_HEIGHT + PANEL_GAP) + 12;
    content.push(...smallPrint(MARGIN, top, notes));
    top += notes.length * SMALL_PRINT_STEP + 12;
  }
  const title = text(MARGIN, 36, 'Random writes at full speed', { size: 20, weight: 600 });
  return page(2 * MARGIN + columns * COLUMN_WIDTH, top + 4, [title, ...content]);
}

function columnsOf(group: readonly WritesResult[]): string[] {
  const xMax = Math.max(...group.map(({ seconds }) => seconds.length), 1);
  const isLong = xMax >= 120;
  const x = (second: number): string => (isLong ? `${Number((second / 60).toFixed(1))} min` : `${second.toFixed(1)} s`);
  const heads = group.map(({ engine }, i) => text(i * COLUMN_WIDTH, -10, engine, { size: 15, weight: 600 }));
  const panels = rows.flatMap(({ title, lines, axis }, row) => {
    const y = axis(group.flatMap(({ seconds }) => lines.flatMap(({ of }) => seconds.map(of))));
    return group.map(({ seconds }, column) =>
      at(
        column * COLUMN_WIDTH,
        row * (PANEL_HEIGHT + PANEL_GAP),
        linePanel({
          ...{ title, width: COLUMN_WIDTH, height: PANEL_HEIGHT, xMax, x, y },
          lines: lines.map(({ name, colour, of }) => ({
            ...{ name, colour },
            points: seconds.map((second) => ({ x: second.second, y: of(second) })),
          })),
        }),
      ),
    );
  });
  return [...heads, ...panels];
}
