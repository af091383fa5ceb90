import { isCoreCacheError } from '../../base/errors.js';
import type { CommandContext } from '../command.js';
import type { InputFormat } from '../formats/input-format.js';
import { readPieces } from '../formats/piece-splitter.js';
import { ProgressBar } from '../progress-bar.js';
import type { Target } from '../target/target.js';
import type { InputSource } from './input-source.js';
import { startOfLoad, type LoadPosition } from './load-position.js';
import { LoadStateFile } from './load-state.js';
import type { Refusal } from './load-unit.js';
import { Loader } from './loader.js';
import { RejectsFile } from './rejects-file.js';
import { piecesBehind } from './resume.js';

export interface LoadInputOptions {
  readonly format: InputFormat;
  readonly formatName: string;
  readonly concurrency: number;
  readonly batchSize: number;
  /** `undefined`: the load cannot be resumed. */
  readonly stateFile: string | undefined;
  /** Load on when the state cannot be written, for nobody asked for it by name. */
  readonly mayGoWithoutState: boolean;
  readonly restart: boolean;
  readonly rejectsFile: string | undefined;
  readonly json: boolean;
}

/** What became of one input, earlier runs of the same load included. */
export interface LoadReport {
  readonly input: string;
  readonly loaded: number;
  readonly refused: number;
  readonly expired: number;
  /** Records of earlier runs among these. */
  readonly resumed: number;
  readonly seconds: number;
  /** Of this run. */
  readonly recordsPerSecond: number;
  /** False when it was interrupted. */
  readonly isWhole: boolean;
  /** The first refused ones of this run. */
  readonly refusals: readonly { readonly line: number; readonly reason: string }[];
}

const STATE_INTERVAL_MS = 1000;
const REFUSALS_REPORTED_MAX = 100;

export async function loadInput(
  source: InputSource,
  target: Target,
  context: CommandContext,
  options: LoadInputOptions,
): Promise<LoadReport> {
  const { clock, fileSystem } = context.environment;
  const state =
    options.stateFile === undefined
      ? undefined
      : new LoadStateFile(fileSystem, options.stateFile, { target: target.name, inputFormat: options.formatName });
  const from = (options.restart ? undefined : await state?.read()) ?? startOfLoad;
  if (from.offset > 0 && !options.json) {
    await context.messages.line(`${source.name}: going on after ${recordsIn(from)} records`);
  }
  const rejects = await RejectsFile.open(fileSystem, options.rejectsFile, from.offset > 0);
  const refusals: { line: number; reason: string }[] = [];
  const reporting: Promise<void>[] = [];
  const onRefused = ({ piece, reason }: Refusal): void => {
    if (refusals.length < REFUSALS_REPORTED_MAX) refusals.push({ line: piece.line, reason });
    if (!options.json) reporting.push(context.messages.line(`${source.name}:${piece.line}: ${reason}`));
    rejects?.add(piece.bytes);
  };
  const loader = new Loader(target, clock, { ...options, onRefused }, from);
  const bar = new ProgressBar(context.messages, source.name, source.size);
  const startedAt = clock.monotonic();
  let savedAt = startedAt;
  let canSave = state !== undefined;
  const save = async (): Promise<void> => {
    await Promise.all(reporting.splice(0));
    await rejects?.flush();
    if (!canSave) return;
    try {
      await state?.write(loader.position);
    } catch (error) {
      if (!options.mayGoWithoutState || !isCoreCacheError(error)) throw error;
      canSave = false;
      await context.messages.line(`corecache: this load cannot be resumed (see --resume): ${error.message}`);
    }
  };
  const onProgress = async (): Promise<void> => {
    const now = clock.monotonic();
    if (now - savedAt < STATE_INTERVAL_MS) return;
    savedAt = now;
    bar.update(source.bytesRead, recordsIn(loader.position));
    await save();
  };
  try {
    const pieces = piecesBehind(readPieces(source.chunks(), options.format.pieceEnd), from, source.name);
    await loader.run(pieces, context.interrupted, onProgress);
    bar.update(source.bytesRead, recordsIn(loader.position));
  } finally {
    bar.stop();
    if (loader.position.offset > from.offset) await save();
    await rejects?.close();
  }
  const isWhole = !context.interrupted.aborted;
  if (isWhole) await state?.remove();
  const seconds = (clock.monotonic() - startedAt) / 1000;
  const { loaded, refused, expired } = loader.position;
  const resumed = recordsIn(from);
  const recordsPerSecond = seconds === 0 ? 0 : (recordsIn(loader.position) - resumed) / seconds;
  return { input: source.name, loaded, refused, expired, resumed, seconds, recordsPerSecond, isWhole, refusals };
}

function recordsIn({ loaded, refused, expired }: LoadPosition): number {
  return loaded + refused + expired;
}
