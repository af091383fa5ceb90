/**
 * How long a tree without writes keeps the threads that flush and compact, some 30 MiB each, ready for the next. The one that
 * flushes holds memory of flushed memtables as well.
 *
 * A new thread compiles its code anew: 0.3 s of a processor for its first job, beside the other threads. So writes that
 * come and go find it there (`ThreadOnDemand`), and those that are seldom lose little to that. Reads that follow upon
 * writes fill the cache within a second or two: memory that were kept for much longer would lie beside all of it, and be
 * what the process takes at most.
 */
export const IDLE_MS = 4000;
