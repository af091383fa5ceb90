import { CoreCacheError } from '../../base/errors.js';
import { percentDecode } from '../../protocol/percent-encoding.js';

/**
 * The query of a request. Values are bytes first: `prefix=%FF` is one byte. As in forms, `+` is a space.
 */
export class QueryParameters {
  readonly #raw = new Map<string, string>();

  /** @throws CoreCacheError `INVALID_ARGUMENT` for a parameter that is not allowed here, or is given twice */
  constructor(query: string, allowed: readonly string[]) {
    if (query === '') return;
    for (const pair of query.split('&')) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const written = equals < 0 ? pair : pair.slice(0, equals);
      const name = Buffer.from(percentDecode(written, 'query')).toString('utf8');
      if (!allowed.includes(name)) {
        const hint = allowed.length === 0 ? 'none is allowed here' : `allowed here: ${allowed.join(', ')}`;
        throw new CoreCacheError('INVALID_ARGUMENT', `unknown query parameter ${name}; ${hint}`);
      }
      if (this.#raw.has(name)) throw new CoreCacheError('INVALID_ARGUMENT', `query parameter ${name} is given twice`);
      this.#raw.set(name, equals < 0 ? '' : pair.slice(equals + 1));
    }
  }

  bytes(name: string): Uint8Array | undefined {
    const raw = this.#raw.get(name);
    return raw === undefined ? undefined : percentDecode(raw.replaceAll('+', ' '), name);
  }

  text(name: string): string | undefined {
    const bytes = this.bytes(name);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
  }

  choice<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const given = this.text(name);
    if (given === undefined) return undefined;
    const choice = choices.find((candidate) => candidate === given);
    if (choice === undefined) throw invalid(name, given, `one of ${choices.filter((text) => text !== '').join(', ')}`);
    return choice;
  }

  /** A name alone means true: `?reverse`. */
  flag(name: string): boolean {
    const given = this.choice(name, ['', 'true', '1', 'false', '0']);
    return given !== undefined && given !== 'false' && given !== '0';
  }

  /** A whole number from 1 to `max`. */
  count(name: string, max: number): number | undefined {
    const given = this.text(name);
    if (given === undefined) return undefined;
    const value = /^\d{1,15}$/.test(given) ? Number(given) : 0;
    if (value < 1 || value > max) throw invalid(name, given, `a whole number from 1 to ${max}`);
    return value;
  }
}

function invalid(name: string, given: string, allowed: string): CoreCacheError {
  return new CoreCacheError('INVALID_ARGUMENT', `${name}: ${JSON.stringify(given)} is not ${allowed}`);
}
