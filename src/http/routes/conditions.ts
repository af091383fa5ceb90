import { CoreCacheError } from '../../base/errors.js';
import {
  formatEtag,
  parseEtag,
  parseEtagCondition,
  type EtagCondition,
  type VersionTag,
} from '../../protocol/version-tag.js';
import type { VersionCondition } from '../../store/operations.js';
import type { Exchange } from '../exchange.js';

/** No entry ever has it: what a tag that is not of our making stands for. */
const NO_VERSION: VersionTag = { epoch: 0, sequence: 0 };

/**
 * The condition of a write. `If-None-Match: *` asks for absence, `If-Match: *` for presence, `If-Match: "<etag>"` for that
 * version. A weak tag, or one that we never made, matches nothing (RFC 9110, section 13.1.1).
 * @throws CoreCacheError `INVALID_ARGUMENT` for other forms
 */
export function writeConditionOf(exchange: Exchange): VersionCondition | undefined {
  const ifMatch = conditionIn(exchange, 'if-match');
  const ifNoneMatch = conditionIn(exchange, 'if-none-match');
  if (ifMatch !== undefined && ifNoneMatch !== undefined) throw invalid('give If-Match or If-None-Match, not both');
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw invalid('If-None-Match takes only * on a write: create, but do not replace');
    return 'absent';
  }
  if (ifMatch === undefined) return undefined;
  if (ifMatch === '*') return 'present';
  const [tag, ...more] = ifMatch;
  if (more.length > 0) throw invalid('If-Match takes one ETag on a write');
  return (tag === undefined ? undefined : parseEtag(tag)) ?? NO_VERSION;
}

export type ReadVerdict = 'send' | 'not modified' | 'condition failed';

/** What the conditions of a read say about the present version. */
export function judgeRead(exchange: Exchange, version: VersionTag): ReadVerdict {
  const { headers } = exchange.request;
  if (headers['if-match'] === undefined && headers['if-none-match'] === undefined) return 'send';
  const etag = formatEtag(version);
  const ifMatch = conditionIn(exchange, 'if-match');
  if (ifMatch !== undefined && ifMatch !== '*' && !ifMatch.includes(etag)) return 'condition failed';
  const ifNoneMatch = conditionIn(exchange, 'if-none-match');
  if (ifNoneMatch === undefined) return 'send';
  // Weak comparison (section 8.8.3.2): a cache may have weakened our tag on its way.
  const isSame = ifNoneMatch === '*' || ifNoneMatch.some((tag) => tag.replace(/^W\//, '') === etag);
  return isSame ? 'not modified' : 'send';
}

function conditionIn(exchange: Exchange, name: 'if-match' | 'if-none-match'): EtagCondition | undefined {
  const header = exchange.request.headers[name];
  return header === undefined
    ? undefined
    : parseEtagCondition(header, name === 'if-match' ? 'If-Match' : 'If-None-Match');
}

function invalid(message: string): CoreCacheError {
  return new CoreCacheError('INVALID_ARGUMENT', message);
}
