/**
 * How long a tree without writes keeps what only writes need, ready for the next: the threads that flush and compact, some
 * 30 MiB each, and the memory of flushed memtables, which the thread that flushed them holds as well.
 *
 * A new thread compiles its code anew: 0.3 s of a processor for its first job, beside the other threads. Writes that come
 * and go lose less than a tenth of a processor to that in each of them. Reads that follow upon writes fill the cache within
 * a second or two: memory that were kept for much longer would lie beside all of it, and be what the process takes at most.
 */
export const IDLE_MS = 4000;
