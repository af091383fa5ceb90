import type { Figure } from '../engine/compare-engines.js';
import { perSecond, times } from '../table.js';
import { at, engineColour, FAINT, INK, text } from './svg.js';

const COLUMNS = 3;
const PANEL_WIDTH = 356;
const LABEL_WIDTH = 86;
const VALUE_WIDTH = 112;
const BAR_WIDTH_MAX = PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH - 20;
const BAR_HEIGHT = 14;
const BAR_STEP = 19;
const PANEL_HEAD = 34;

export const PANELS_WIDTH = COLUMNS * PANEL_WIDTH;

/** What the pictures with panels say about the figures at the bars. */
export const PANELS_LEGEND = 'longer is faster; ×: how many times as fast as this the first engine is';

export interface BarPanel {
  readonly name: string;
  /** Operations a second, one an engine in the order of the engines; absent where there is none. */
  readonly rates: readonly (Figure | undefined)[];
}

/**
 * One panel a workload, one bar an engine, each panel on a scale of its own that begins at zero. A thin line across a
 * bar's end spans the slowest and the fastest of the repeats.
 */
export function barPanels(engines: readonly string[], panels: readonly BarPanel[]): { svg: string[]; height: number } {
  const panelHeight = PANEL_HEAD + engines.length * BAR_STEP + 18;
  const svg = panels.map((panel, i) =>
    at((i % COLUMNS) * PANEL_WIDTH, Math.floor(i / COLUMNS) * panelHeight, draw(engines, panel)),
  );
  return { svg, height: Math.ceil(panels.length / COLUMNS) * panelHeight };
}

function draw(engines: readonly string[], { name, rates }: BarPanel): string[] {
  const most = Math.max(...rates.map((rate) => rate?.most ?? 0));
  const length = (rate: number): number => Math.round((rate / most) * BAR_WIDTH_MAX * 10) / 10;
  const ours = rates[0];
  const bars = engines.map((engine, i) => {
    const y = PANEL_HEAD + i * BAR_STEP;
    const base = y + BAR_HEIGHT - 3;
    const weight = i === 0 ? 600 : 400;
    const label = text(LABEL_WIDTH - 6, base, engine, { size: 11, anchor: 'end', weight });
    const rate = rates[i];
    if (!rate) return `${label}${text(LABEL_WIDTH + 4, base, 'not measured', { size: 10, fill: FAINT })}`;
    const middle = y + BAR_HEIGHT / 2;
    const [least, end] = [LABEL_WIDTH + length(rate.least), LABEL_WIDTH + length(rate.most)];
    const ratio = i > 0 && ours ? ` · ${times(ours.median / rate.median)}` : '';
    return [
      label,
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${Math.max(1, length(rate.median))}" height="${BAR_HEIGHT}" rx="2" fill="${engineColour(i)}"/>`,
      rate.most > rate.least
        ? `<path d="M${least} ${middle}H${end}M${least} ${middle - 3}v6M${end} ${middle - 3}v6" stroke="${INK}" stroke-width="1" fill="none"/>`
        : '',
      text(Math.max(end, LABEL_WIDTH + 1) + 6, base, `${perSecond(rate.median)}${ratio}`, { size: 11, weight }),
    ].join('');
  });
  const axisEnd = PANEL_HEAD + engines.length * BAR_STEP - 2;
  return [
    text(0, 22, name, { size: 13, weight: 600 }),
    ...bars,
    `<path d="M${LABEL_WIDTH} ${PANEL_HEAD - 3}V${axisEnd}" stroke="#94a3b8" stroke-width="1"/>`,
  ];
}
