const UNITS = [
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
  ['B', 1],
] as const;

export const BYTE_SIZE_FORM = 'a whole number and a unit: B, KiB, MiB, GiB or TiB, such as 64MiB';

/** Bytes of a size such as `64MiB`; `undefined` when the text is not one. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d{1,15})(B|KiB|MiB|GiB|TiB)$/.exec(text);
  const unit = UNITS.find(([name]) => name === match?.[2]);
  if (match === null || unit === undefined) return undefined;
  const bytes = Number(match[1]) * unit[1];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest exact form: 65,536 is `64KiB`. */
export function formatByteSize(bytes: number): string {
  if (bytes === 0) return '0B';
  const [name, size] = UNITS.find(([, unit]) => bytes % unit === 0) ?? ['B', 1];
  return `${bytes / size}${name}`;
}
