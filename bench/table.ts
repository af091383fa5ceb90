/** A Markdown table with numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

export function perSecond(rate: number): string {
  if (rate >= 1_000_000) return `${(rate / 1_000_000).toFixed(2)} M/s`;
  if (rate < 1000) return `${rate.toFixed(0)} /s`;
  return rate >= 10_000 ? `${(rate / 1000).toFixed(0)} k/s` : `${(rate / 1000).toFixed(1)} k/s`;
}

export function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}
