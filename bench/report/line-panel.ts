import { FAINT, GRID, text } from './svg.js';

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface LinePanel {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** Where the axis across ends; both begin at 0, but for the one upward when it is logarithmic. */
  readonly xMax: number;
  readonly x: (value: number) => string;
  readonly y: Axis;
  /** The first lies on top. */
  readonly lines: readonly Line[];
}

export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  readonly isLog: boolean;
  readonly format: (value: number) => string;
}

/** Room for the labels of the axes, and for the title and legend above. */
const LEFT = 62;
const HEAD = 44;
const FOOT = 20;
const X_TICKS = 5;

/** A panel of lines over time, with their names above. */
export function linePanel({ title, width, height, xMax, x, y, lines }: LinePanel): string[] {
  const [plotWidth, plotHeight] = [width - LEFT - 12, height - HEAD - FOOT];
  const across = (value: number): number => round(LEFT + (value / xMax) * plotWidth);
  const up = (value: number): number => round(HEAD + plotHeight * (1 - shareOf(value, y)));
  const ticks = y.ticks.map((tick) =>
    [
      `<path d="M${LEFT} ${up(tick)}H${LEFT + plotWidth}" stroke="${GRID}"/>`,
      text(LEFT - 6, up(tick) + 3, y.format(tick), { size: 10, anchor: 'end', fill: FAINT }),
    ].join(''),
  );
  const times = Array.from({ length: X_TICKS }, (_, i) => (i / (X_TICKS - 1)) * xMax).map((value, i) =>
    text(across(value), HEAD + plotHeight + 14, x(value), { size: 10, anchor: anchorOf(i), fill: FAINT }),
  );
  const paths = lines.map(({ colour, points }) => {
    const steps = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${across(point.x)} ${up(point.y)}`);
    return `<path d="${steps.join('')}" fill="none" stroke="${colour}" stroke-width="1.2" stroke-linejoin="round"/>`;
  });
  return [text(0, 14, title, { size: 12, weight: 600 }), ...legend(lines), ...ticks, ...times, ...paths.reverse()];
}

/** From zero to the first round number above all values. */
export function linearAxis(values: readonly number[], format: (value: number) => string): Axis {
  const most = values.reduce((max, value) => Math.max(max, value), 1);
  const step = roundUp(most / 4);
  const ticks = Array.from({ length: Math.ceil(most / step) + 1 }, (_, i) => i * step);
  return { min: 0, max: ticks.at(-1)!, ticks, isLog: false, format };
}

/** Powers of ten around all values from `least` on, itself one; what is below it is drawn at the bottom. */
export function logAxis(values: readonly number[], least: number, format: (value: number) => string): Axis {
  const above = values.filter((value) => value >= least);
  const from = Math.floor(Math.log10(above.reduce((min, value) => Math.min(min, value), 10 * least)));
  const to = Math.ceil(Math.log10(above.reduce((max, value) => Math.max(max, value), 100 * least)));
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
  return { min: ticks[0]!, max: ticks.at(-1)!, ticks, isLog: true, format };
}

function shareOf(value: number, { min, max, isLog }: Axis): number {
  if (!isLog) return (value - min) / (max - min);
  return (Math.log10(Math.max(value, min)) - Math.log10(min)) / (Math.log10(max) - Math.log10(min));
}

/** 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value)!;
}

function anchorOf(tick: number): 'start' | 'middle' | 'end' {
  if (tick === 0) return 'start';
  return tick === X_TICKS - 1 ? 'end' : 'middle';
}

function legend(lines: readonly Line[]): string[] {
  let left = LEFT;
  return lines.map(({ name, colour }) => {
    const entry = `<path d="M${left} 30h14" stroke="${colour}" stroke-width="3"/>${text(left + 18, 34, name, { size: 10 })}`;
    left += 30 + name.length * 6.4;
    return entry;
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
