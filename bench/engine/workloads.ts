import { readAll, readHot, readLarge, readMissing, readRandom, readRanges } from './read-workloads.js';
import { queue } from './queue-workload.js';
import { deleteAll, fillLarge, fillRandom, fillSequential, fillSync, mixed, overwrite } from './write-workloads.js';
import type { Workload } from './workload.js';

const always = (): boolean => true;

function onEmpty(name: string, run: Workload['run']): Workload {
  return { name, fresh: true, suits: always, run };
}

function onFilled(name: string, run: Workload['run'], suits: Workload['suits'] = always): Workload {
  return { name, fresh: false, suits, run };
}

/**
 * In the order they run; a name without a shape means batches of 100 for fillseq and fillrandom, one call for a scan, and
 * 64 in flight for the rest.
 */
export const workloads: readonly Workload[] = [
  onEmpty('fillseq', fillSequential),
  onEmpty('fillrandom', fillRandom),
  onFilled('overwrite', (engine, data, order) => overwrite(engine, data, order, '64 in flight')),
  onFilled('overwrite (one at a time)', (engine, data, order) => overwrite(engine, data, order, 'one at a time')),
  onFilled(
    'overwrite (sync)',
    (engine, data, order) => overwrite(engine, data, order, 'sync'),
    (engine) => engine.putSync !== undefined,
  ),
  onFilled('readrandom', (engine, data, order) => readRandom(engine, data, order, '64 in flight')),
  onFilled('readrandom (one at a time)', (engine, data, order) => readRandom(engine, data, order, 'one at a time')),
  onFilled('readrandom (sync)', (engine, data, order) => readRandom(engine, data, order, 'sync')),
  onFilled('readhot', (engine, data, order) => readHot(engine, data, order, '64 in flight')),
  onFilled('readhot (one at a time)', (engine, data, order) => readHot(engine, data, order, 'one at a time')),
  onFilled('readhot (sync)', (engine, data, order) => readHot(engine, data, order, 'sync')),
  onFilled('readmissing', (engine, data, order) => readMissing(engine, data, order, '64 in flight')),
  onFilled('readmissing (sync)', (engine, data, order) => readMissing(engine, data, order, 'sync')),
  onFilled('readseq', (engine, data) => readAll(engine, data, false)),
  onFilled('readreverse', (engine, data) => readAll(engine, data, true)),
  onFilled('range100', (engine, data) => readRanges(engine, data)),
  onFilled('mixed 50/50', (engine, data, order) => mixed(engine, data, order, 50)),
  onFilled('mixed 95/5', (engine, data, order) => mixed(engine, data, order, 95)),
  onFilled('delete', deleteAll),
  onEmpty('fillsync', (engine, data, order) => fillSync(engine, data, order, '64 in flight')),
  onEmpty('fillsync (one at a time)', (engine, data, order) => fillSync(engine, data, order, 'one at a time')),
  onEmpty('fill10K', (engine, data) => fillLarge(engine, data, 10_000)),
  onFilled('read10K', (engine, data) => readLarge(engine, data, 10_000)),
  onEmpty('fill100K', (engine, data) => fillLarge(engine, data, 100_000)),
  onFilled('read100K', (engine, data) => readLarge(engine, data, 100_000)),
  onEmpty('queue', queue),
];

/**
 * The workloads of these names, and what fills the database that they go on with: all when there are no names.
 * @throws Error for a name that there is not
 */
export function chooseWorkloads(names: readonly string[] | undefined): readonly Workload[] {
  if (names === undefined) return workloads;
  for (const name of names) {
    if (!workloads.some((workload) => workload.name === name)) throw new Error(`there is no workload ${name}`);
  }
  return workloads.filter((workload, position) => {
    if (names.includes(workload.name)) return true;
    if (!workload.fresh) return false;
    const end = workloads.findIndex(({ fresh }, later) => later > position && fresh);
    const dependents = workloads.slice(position + 1, end < 0 ? undefined : end);
    return dependents.some(({ name }) => names.includes(name));
  });
}
