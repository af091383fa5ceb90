import { basename, dirname, join } from 'node:path';
import { parseFileName, segmentFile, temporaryFile } from '../../base/file-names.js';
import { toFileNumber } from '../../base/numbers.js';
import type { Environment } from '../../env/environment.js';
import { SegmentWriter } from '../segment-writer.js';

/**
 * Voids every segment of a log whose records are safe elsewhere, in one step: the segment that it makes says that nothing
 * of those before it is in force. They may then be taken away, the oldest first, with the log whole at every moment.
 *
 * @param paths of all segments there are, in order
 */
export async function beginLogAnew(
  environment: Environment,
  directory: string,
  paths: readonly string[],
): Promise<void> {
  const { fileSystem } = environment;
  if (!(await fileSystem.exists(directory))) {
    await fileSystem.makeDirectory(directory);
    await fileSystem.syncDirectory(dirname(directory));
  }
  const last = parseFileName(basename(paths.at(-1) ?? ''));
  const number = toFileNumber(last?.kind === 'segment' ? last.number + 1 : 1);
  const unfinished = join(directory, temporaryFile(segmentFile(number)));
  if (await fileSystem.exists(unfinished)) await fileSystem.remove(unfinished);
  const writer = await SegmentWriter.create(environment, directory, number, 0, new Map());
  await writer.close();
}
