import { workloadNames, type Comparison, type EngineFigures } from '../engine/compare-engines.js';
import { perSecond } from '../table.js';

const COLUMNS = 3;
const PANEL_WIDTH = 330;
const LABEL_WIDTH = 86;
const VALUE_WIDTH = 62;
const BAR_WIDTH_MAX = PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH - 24;
const BAR_HEIGHT = 14;
const BAR_STEP = 19;
const PANEL_HEAD = 34;
const MARGIN = 28;
const PAGE_HEAD = 84;

const OURS = '#c2410c';
const PEERS = ['#475569', '#64748b', '#94a3b8', '#b4bfcc', '#d3dae3'];

/**
 * The rates as an SVG picture: one panel a workload, one bar an engine, each panel on a scale of its own that begins at
 * zero. A thin line across a bar's end spans the slowest and the fastest of the repeats.
 */
export function enginePlot(comparison: Comparison): string {
  const { machine, engines, keyCount, valueBytes, repeats } = comparison;
  const names = workloadNames(engines);
  const panelHeight = PANEL_HEAD + engines.length * BAR_STEP + 18;
  const settings = engines.map(({ engine, settings: text }) => `${engine}: ${text}`);
  const width = 2 * MARGIN + COLUMNS * PANEL_WIDTH;
  const footTop = PAGE_HEAD + Math.ceil(names.length / COLUMNS) * panelHeight + 12;
  const height = footTop + (settings.length + 1) * 16 + 20;
  const panels = names.map((name, i) => {
    const x = MARGIN + (i % COLUMNS) * PANEL_WIDTH;
    const y = PAGE_HEAD + Math.floor(i / COLUMNS) * panelHeight;
    return `<g transform="translate(${x} ${y})">\n${panel(name, engines)}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="'DejaVu Sans', Helvetica, Arial, sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(MARGIN, 38, 'Embedded stores in Node.js: operations a second', { size: 20, weight: 600 }),
    text(
      MARGIN,
      60,
      `${keyCount.toLocaleString('en')} keys of 16 bytes, values of ${valueBytes} bytes; median of ${repeats}, line: slowest to fastest run; longer is faster`,
      { size: 12, fill: '#64748b' },
    ),
    ...panels,
    ...[machine, ...settings].map((line, i) =>
      text(MARGIN, footTop + 12 + i * 16, line, { size: 10, fill: '#64748b' }),
    ),
    '</svg>',
    '',
  ].join('\n');
}

function panel(name: string, engines: readonly EngineFigures[]): string {
  const most = Math.max(...engines.map((engine) => engine.rates[name]?.most ?? 0));
  const length = (rate: number): number => Math.round((rate / most) * BAR_WIDTH_MAX * 10) / 10;
  const bars = engines.map((engine, i) => {
    const y = PANEL_HEAD + i * BAR_STEP;
    const base = y + BAR_HEIGHT - 3;
    const label = text(LABEL_WIDTH - 6, base, engine.engine, { size: 11, anchor: 'end', weight: i === 0 ? 600 : 400 });
    const rate = engine.rates[name];
    if (!rate) return `${label}${text(LABEL_WIDTH + 4, base, 'not measured', { size: 10, fill: '#94a3b8' })}`;
    const middle = y + BAR_HEIGHT / 2;
    const [least, end] = [LABEL_WIDTH + length(rate.least), LABEL_WIDTH + length(rate.most)];
    return [
      label,
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${Math.max(1, length(rate.median))}" height="${BAR_HEIGHT}" rx="2" fill="${i === 0 ? OURS : PEERS[(i - 1) % PEERS.length]!}"/>`,
      rate.most > rate.least
        ? `<path d="M${least} ${middle}H${end}M${least} ${middle - 3}v6M${end} ${middle - 3}v6" stroke="#0f172a" stroke-width="1" fill="none"/>`
        : '',
      text(Math.max(end, LABEL_WIDTH + 1) + 6, base, perSecond(rate.median), { size: 11, weight: i === 0 ? 600 : 400 }),
    ].join('');
  });
  const axisEnd = PANEL_HEAD + engines.length * BAR_STEP - 2;
  return [
    text(0, 22, name, { size: 13, weight: 600 }),
    ...bars,
    `<path d="M${LABEL_WIDTH} ${PANEL_HEAD - 3}V${axisEnd}" stroke="#cbd5e1" stroke-width="1"/>`,
  ].join('\n');
}

interface TextStyle {
  readonly size: number;
  readonly fill?: string;
  readonly weight?: number;
  readonly anchor?: 'start' | 'end';
}

function text(x: number, y: number, content: string, style: TextStyle): string {
  const { size, fill = '#0f172a', weight = 400, anchor = 'start' } = style;
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" font-weight="${weight}" text-anchor="${anchor}">${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
