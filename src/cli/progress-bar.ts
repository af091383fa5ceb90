import { SingleBar } from 'cli-progress';
import type { Output } from './output.js';

/** How far long work has come, on a terminal; nothing elsewhere. */
export class ProgressBar {
  readonly #bar: SingleBar | undefined;
  readonly #total: number;

  /** @param total `undefined` when the end is not known */
  constructor(messages: Output, title: string, total: number | undefined) {
    this.#total = total ?? 0;
    if (!messages.isTerminal) return;
    const known = '[{bar}] {percentage}% | {records} records | {duration_formatted} | ETA {eta_formatted}';
    this.#bar = new SingleBar({
      stream: messages.stream,
      format: `${title} ${total === undefined ? '{records} records | {duration_formatted}' : known}`,
      hideCursor: true,
      clearOnComplete: false,
    });
    this.#bar.start(this.#total, 0, { records: 0 });
  }

  update(done: number, records: number): void {
    this.#bar?.update(Math.min(done, this.#total), { records });
  }

  stop(): void {
    this.#bar?.stop();
  }
}
