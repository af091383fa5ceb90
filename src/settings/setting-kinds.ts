import { BYTE_SIZE_FORM, formatByteSize, parseByteSize } from '../base/byte-size.js';
import { DURATION_FORM, formatDuration, parseDuration } from '../base/duration.js';

/** What a settings file, an environment variable or a flag holds. The last two hold text, whatever the kind. */
export type GivenValue = string | number | boolean;

/** One setting: what it is called outside, what it means, what it may be, and what it is when nobody says. */
export interface Setting<T> {
  /** One line for the settings file, the documentation and `--help`. */
  readonly description: string;
  /** What is allowed, in words that fit after "expected". */
  readonly allowed: string;
  readonly unit: string;
  readonly default: T;
  /** Flag on the command line without its dashes, where it is not section and name. */
  readonly flag?: string;
  /** A relative path: it is resolved against the folder of the file, or the working directory, that it is given in. */
  readonly isPath?: true;
  /** The value, or `undefined` for what is not allowed. */
  parse(given: GivenValue): T | undefined;
  /** The value as TOML. */
  render(value: T): string;
}

interface Wording {
  readonly description: string;
  readonly flag?: string;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** First and last port that may be taken; 0 and 0 for any free one. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export function bytes(text: string, { min, max, ...wording }: Wording & Range): Setting<number> {
  return {
    ...wording,
    ...measure(text, { min, max }, parseByteSize, formatByteSize, BYTE_SIZE_FORM),
    unit: 'bytes with a unit',
  };
}

export function duration(text: string, { min, max, ...wording }: Wording & Range): Setting<number> {
  return {
    ...wording,
    ...measure(text, { min, max }, parseDuration, formatDuration, DURATION_FORM),
    unit: 'time with a unit',
  };
}

export function count(initial: number, unit: string, { min, max, ...wording }: Wording & Range): Setting<number> {
  return {
    ...wording,
    default: initial,
    unit,
    allowed: `a whole number from ${min} to ${max}`,
    parse: (given) => {
      const value = typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given;
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
        ? value
        : undefined;
    },
    render: String,
  };
}

export function choice<const Choice extends string>(
  initial: NoInfer<Choice>,
  choices: readonly Choice[],
  wording: Wording,
): Setting<Choice> {
  const names = choices.map((name) => JSON.stringify(name));
  return {
    ...wording,
    default: initial,
    unit: names.join(', '),
    allowed: `one of ${names.join(', ')}`,
    parse: (given) => choices.find((name) => name === given),
    render: (value) => JSON.stringify(value),
  };
}

/** Text that fits `form`; `allowed` says the same in words. */
export function text(initial: string, form: RegExp, allowed: string, wording: Wording): Setting<string> {
  return {
    ...wording,
    default: initial,
    unit: 'text',
    allowed,
    parse: (given) => (typeof given === 'string' && form.test(given) ? given : undefined),
    render: (value) => JSON.stringify(value),
  };
}

export function path(initial: string, wording: Wording): Setting<string> {
  return { ...text(initial, /^[^\0]+$/, 'a path', wording), unit: 'path', isPath: true };
}

export function ports(initial: string, wording: Wording): Setting<PortRange> {
  return {
    ...wording,
    default: requireParsed(parsePorts(initial), initial),
    unit: 'port or range of ports',
    allowed: 'a port from 1 to 65535, a range such as "8080-8099", or 0 for any free port',
    parse: parsePorts,
    render: ({ first, last }) => (first === last ? String(first) : `"${first}-${last}"`),
  };
}

function parsePorts(given: GivenValue): PortRange | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(given));
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  const isAnyFreePort = first === 0 && last === 0;
  return isAnyFreePort || (first >= 1 && first <= last && last <= 65_535) ? { first, last } : undefined;
}

function measure(
  initial: string,
  { min, max }: Range,
  parse: (text: string) => number | undefined,
  format: (value: number) => string,
  form: string,
): Pick<Setting<number>, 'default' | 'allowed' | 'parse' | 'render'> {
  return {
    default: requireParsed(parse(initial), initial),
    allowed: `${form}, from ${format(min)} to ${format(max)}`,
    parse: (given) => {
      const value = typeof given === 'string' ? parse(given) : undefined;
      return value !== undefined && value >= min && value <= max ? value : undefined;
    },
    render: (value) => `"${format(value)}"`,
  };
}

function requireParsed<T>(value: T | undefined, initial: string): T {
  if (value === undefined) throw new TypeError(`default ${initial} is not a value of its own setting`);
  return value;
}
