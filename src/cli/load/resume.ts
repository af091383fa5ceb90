import { CoreCacheError } from '../../base/errors.js';
import type { Piece } from '../formats/piece-splitter.js';
import type { LoadPosition } from './load-position.js';

/**
 * The pieces behind `position`. What stands before it is read once more and must have the same checksum: then it is what
 * was loaded, whatever came after it since.
 * @throws CoreCacheError `INVALID_ARGUMENT` when the input is not the one that was being loaded
 */
export async function* piecesBehind(
  pieces: AsyncIterable<Piece>,
  position: LoadPosition,
  name: string,
): AsyncGenerator<Piece> {
  let reached = position.offset === 0;
  for await (const piece of pieces) {
    if (reached) {
      yield piece;
      continue;
    }
    if (piece.end < position.offset) continue;
    if (piece.end !== position.offset || piece.checksum !== position.checksum) throw changed(name);
    reached = true;
  }
  if (!reached) throw changed(name);
}

function changed(name: string): CoreCacheError {
  return new CoreCacheError(
    'INVALID_ARGUMENT',
    `${name} has changed since its load was interrupted; --restart loads it from the start`,
  );
}
