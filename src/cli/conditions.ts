import { CoreCacheError } from '../base/errors.js';
import type { WriteCondition } from '../client/client-types.js';
import { parseEtag } from '../protocol/version-tag.js';

/** An ETag on the command line, where its quotes may be left out: the shell takes them away anyway. */
export function toEtag(text: string): string {
  if (text === '*') return text;
  const quoted = text.startsWith('"') ? text : `"${text}"`;
  if (parseEtag(quoted) === undefined) {
    throw new CoreCacheError('INVALID_ARGUMENT', `--ifMatch: ${text} is not an ETag; expected * or one such as 3-17`);
  }
  return quoted;
}

/** @throws CoreCacheError `INVALID_ARGUMENT` */
export function toCondition(ifMatch: string | undefined, ifNoneMatch: string | undefined): WriteCondition | undefined {
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw new CoreCacheError('INVALID_ARGUMENT', 'give --ifMatch or --ifNoneMatch, not both');
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw new CoreCacheError('INVALID_ARGUMENT', "--ifNoneMatch takes only '*'");
    return { ifNoneMatch };
  }
  return ifMatch === undefined ? undefined : { ifMatch: toEtag(ifMatch) };
}
