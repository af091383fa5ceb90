/** Dark on a card of its own, so that a page with a dark background shows the picture as well as one with a light one. */
export const INK = '#0f172a';
export const FAINT = '#64748b';
export const GRID = '#e2e8f0';
const CARD = '#ffffff';
const EDGE = '#cbd5e1';

const OURS = '#c2410c';
const PEERS = ['#334155', '#64748b', '#94a3b8', '#b4bfcc', '#d3dae3'];

/** The first engine stands out, the others are shades of one colour. */
export function engineColour(position: number): string {
  return position === 0 ? OURS : PEERS[(position - 1) % PEERS.length]!;
}

export function page(width: number, height: number, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="'DejaVu Sans', Helvetica, Arial, sans-serif">`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${CARD}" stroke="${EDGE}"/>`,
    ...content,
    '</svg>',
    '',
  ].join('\n');
}

export function at(x: number, y: number, content: readonly string[]): string {
  return `<g transform="translate(${x} ${y})">\n${content.join('\n')}\n</g>`;
}

export interface TextStyle {
  readonly size: number;
  readonly fill?: string;
  readonly weight?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
}

export function text(x: number, y: number, content: string, style: TextStyle): string {
  const { size, fill = INK, weight = 400, anchor = 'start' } = style;
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" font-weight="${weight}" text-anchor="${anchor}">${escape(content)}</text>`;
}

/** Lines of small print below a picture: machine and settings. */
export const SMALL_PRINT_STEP = 16;
export function smallPrint(x: number, y: number, lines: readonly string[]): string[] {
  return lines.map((line, i) => text(x, y + i * SMALL_PRINT_STEP, line, { size: 10, fill: FAINT }));
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
