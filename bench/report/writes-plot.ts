import { describeWrites } from '../writes/describe-writes.js';
import type { WritesReport, WritesResult } from '../writes/writes-result.js';
import { alike } from './alike.js';
import { linearAxis, linePanel, logAxis, type Axis } from './line-panel.js';
import { at, FAINT, page, SMALL_PRINT_STEP, smallPrint, text } from './svg.js';
import { latencyAxis, milliseconds, timeAxis, type Second } from './writes-axes.js';
import { TOGETHER_HEIGHT, writesTogether } from './writes-together.js';

const MARGIN = 28;
const PAGE_HEAD = 52;
const TOGETHER_HEAD = 48;
const COLUMNS_HEAD = 40;
const COLUMN_WIDTH = 390;
const PANEL_HEIGHT = 190;
const PANEL_GAP = 12;
const MIB = 1024 * 1024;
/** Below it nothing is worth the height. */
const LEAST_PAUSE_MS = 1;

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

const rows: readonly Row[] = [
  {
    title: 'Latency in each second',
    lines: [
      { name: 'p50', colour: '#0f766e', of: ({ p50Ms }) => p50Ms },
      { name: 'p99', colour: '#2563eb', of: ({ p99Ms }) => p99Ms },
      { name: 'p99.9', colour: '#d97706', of: ({ p999Ms }) => p999Ms },
      { name: 'slowest', colour: '#b91c1c', of: ({ maxMs }) => maxMs },
    ],
    axis: latencyAxis,
  },
  {
    title: 'Longest pause of the event loop in each second',
    lines: [
      { name: 'garbage collection', colour: '#7c3aed', of: ({ collectionMaxMs }) => collectionMaxMs },
      { name: 'pause', colour: '#475569', of: ({ pauseMs }) => pauseMs },
    ],
    axis: (values) => logAxis(values, LEAST_PAUSE_MS, milliseconds),
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

/**
 * The engines second by second: rate and latency of all of them in the same panels, and below these, on the same axes, a
 * column an engine with a row for each other thing measured.
 */
export function writesPlot({ machine, results }: WritesReport): string {
  const groups = alike(results, describeWrites);
  const columns = Math.max(...groups.map((group) => group.length));
  const content: string[] = [];
  let top = PAGE_HEAD;
  for (const group of groups) {
    // In two lines: one engine alone makes a narrow page.
    const described = describeWrites(group[0]).split('; ');
    content.push(...described.map((line, i) => text(MARGIN, top + 12 + i * 16, line, { size: 12, fill: FAINT })));
    content.push(at(MARGIN, top + TOGETHER_HEAD, writesTogether(group, columns * COLUMN_WIDTH)));
    top += TOGETHER_HEAD + TOGETHER_HEIGHT;
    content.push(at(MARGIN, top + COLUMNS_HEAD, columnsOf(group)));
    const notes = [machine, ...group.map(({ engine, settings }) => `${engine}: ${settings}`)];
    top += COLUMNS_HEAD + rows.length * (PANEL_HEIGHT + PANEL_GAP) + 12;
    content.push(...smallPrint(MARGIN, top, notes));
    top += notes.length * SMALL_PRINT_STEP + 12;
  }
  const title = text(MARGIN, 36, 'Random writes at full speed', { size: 20, weight: 600 });
  return page(2 * MARGIN + columns * COLUMN_WIDTH, top + 4, [title, ...content]);
}

function columnsOf(group: readonly WritesResult[]): string[] {
  const heads = group.map(({ engine }, i) => text(i * COLUMN_WIDTH, -10, engine, { size: 15, weight: 600 }));
  const panels = rows.flatMap(({ title, lines, axis }, row) => {
    const y = axis(group.flatMap(({ seconds }) => lines.flatMap(({ of }) => seconds.map(of))));
    return group.map(({ seconds }, column) =>
      at(
        column * COLUMN_WIDTH,
        row * (PANEL_HEIGHT + PANEL_GAP),
        linePanel({
          ...{ title, width: COLUMN_WIDTH, height: PANEL_HEIGHT, ...timeAxis(group), y },
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
