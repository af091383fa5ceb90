import type { Comparison, EngineFigures, Figure } from '../engine/compare-engines.js';
import { comparableOptions, mebibytes } from '../engine/engine.js';
import { perSecond, times } from '../table.js';
import type { Goal } from './goals.js';

/** The size that the goals are for. */
const KEY_COUNT = 1_000_000;
const VALUE_BYTES = 100;

type EngineName = EngineFigures['engine'];
const nameOf: Readonly<Record<EngineName, string>> = {
  corecache: 'CoreCache',
  'classic-level': 'LevelDB',
  rocksdb: 'RocksDB',
  lmdb: 'LMDB',
  sqlite: 'SQLite',
  db_bench: 'db_bench',
};

/** Rates to be at least so many times those of a peer; `best`: of the fastest one that a program can embed. */
const rateGoals: readonly (readonly [workload: string, peer: EngineName | 'best', atLeast: number])[] = [
  ['fillseq', 'best', 1.5],
  ['fillrandom', 'best', 2],
  ['overwrite', 'best', 2],
  ['mixed 50/50', 'best', 2],
  ['delete', 'best', 2],
  ['fillsync', 'best', 2],
  ['readrandom', 'lmdb', 1],
  ['readrandom', 'classic-level', 3],
  ['readrandom (sync)', 'lmdb', 1],
  ['readrandom (sync)', 'classic-level', 2],
  ['readhot (sync)', 'lmdb', 1],
  ['readhot (sync)', 'classic-level', 2],
  ['readmissing', 'lmdb', 1],
  ['readseq', 'lmdb', 2],
  ['range100', 'lmdb', 2],
  ['fillrandom', 'db_bench', 1],
  ['overwrite', 'db_bench', 1],
  ['readrandom', 'db_bench', 1],
  ['readseq', 'db_bench', 1],
];

/** What CoreCache is to reach at the standard size, as far as peers were run beside it; nothing at any other size. */
export function engineGoals({ keyCount, valueBytes, compression, cacheBytes, engines }: Comparison): Goal[] {
  const isStandard = keyCount === KEY_COUNT && valueBytes === VALUE_BYTES && !compression;
  const ours = engines.find(({ engine }) => engine === 'corecache');
  if (!isStandard || cacheBytes !== comparableOptions.cacheBytes || !ours) return [];
  const peers = engines.filter(({ engine }) => engine !== 'corecache');
  const levelDb = peers.find(({ engine }) => engine === 'classic-level');
  return [
    ...rateGoals.flatMap(([workload, peer, atLeast]) => {
      const against = peer === 'best' ? fastest(peers, workload) : peers.find(({ engine }) => engine === peer);
      return against ? rateGoal(workload, ours, against, atLeast) : [];
    }),
    ...costGoal('peak memory', ours.peakMemoryBytes, levelDb?.peakMemoryBytes),
    ...costGoal('on disk', ours.bytesOnDisk, levelDb?.bytesOnDisk),
  ];
}

function fastest(peers: readonly EngineFigures[], workload: string): EngineFigures | undefined {
  const rate = ({ rates }: EngineFigures): number => rates[workload]?.median ?? 0;
  const embedded = peers.filter((peer) => peer.engine !== 'db_bench' && rate(peer) > 0);
  return embedded.sort((a, b) => rate(b) - rate(a))[0];
}

function rateGoal(workload: string, ours: EngineFigures, peer: EngineFigures, atLeast: number): Goal[] {
  const [rate, peerRate] = [ours.rates[workload]?.median, peer.rates[workload]?.median];
  if (rate === undefined || peerRate === undefined) return [];
  return [
    {
      name: `${workload}: ${atLeast} × ${nameOf[peer.engine]}`,
      ours: perSecond(rate),
      against: `${perSecond(peerRate)}, ${times(rate / peerRate)}`,
      isReached: rate >= atLeast * peerRate,
    },
  ];
}

function costGoal(name: string, ours: Figure | undefined, peer: Figure | undefined): Goal[] {
  if (!ours || !peer) return [];
  return [
    {
      name: `${name}: no more than ${nameOf['classic-level']}`,
      ours: mebibytes(ours.median),
      against: `${mebibytes(peer.median)}, ${times(ours.median / peer.median)}`,
      isReached: ours.median <= peer.median,
    },
  ];
}
