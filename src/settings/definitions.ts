import { bytes, choice, count, duration, path, ports, text, type Setting } from './setting-kinds.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Longest delay of a timer of Node.js is 2^31 - 1 ms; no time-out of ours needs more than a day. */
const TIMEOUT = { min: 10, max: DAY };

const hostList = /^$|^[^\s,:/]+(:\d{1,5})?(,[^\s,:/]+(:\d{1,5})?)*$/;

/** Every setting, by section and name. The settings file, environment variables, flags and documentation follow it. */
export const definitions = {
  node: {
    id: text('', /^[A-Za-z0-9._-]{0,64}$/, 'up to 64 letters, digits, ".", "_" and "-", or "" for a generated one', {
      description: 'Name of this node in its cluster; empty: made at the first start and kept in the data directory',
    }),
    dataDirectory: path('data/node', {
      description: 'Where everything is stored; relative to this file, or to the working directory in flags',
      flag: 'dataDirectory',
    }),
    stopGracePeriod: duration('10s', {
      ...TIMEOUT,
      description: 'How long a stopping node waits for requests in flight before it cuts them off',
    }),
  },
  server: {
    host: text('127.0.0.1', /^[^\s/]+$/, 'a host name or an IP address', {
      description: 'Address to listen on; 0.0.0.0 for all of IPv4, :: for all',
      flag: 'host',
    }),
    port: ports('8080-8099', {
      description: 'Port to listen on, or a range of which the first free one is taken',
      flag: 'port',
    }),
    advertisedHost: text('', /^[^\s/]*$/, 'a host name or an IP address, or "" for the address listened on', {
      description: 'Address under which clients and other nodes reach this node; empty: the one listened on',
    }),
    headersTimeout: duration('10s', { ...TIMEOUT, description: 'Longest time for the head of a request to arrive' }),
    requestTimeout: duration('2m', { ...TIMEOUT, description: 'Longest time for a whole request to arrive' }),
    responseTimeout: duration('2m', {
      ...TIMEOUT,
      description: 'A connection whose client takes in nothing for this long is closed',
    }),
    keepAliveTimeout: duration('15s', { ...TIMEOUT, description: 'How long an idle connection is kept open' }),
    connectionsMax: count(10_000, 'connections', {
      min: 1,
      max: 1_000_000,
      description: 'Most connections at once; further ones are closed at once',
    }),
    requestsInFlightMax: count(2048, 'requests', {
      min: 1,
      max: 1_000_000,
      description: 'Most requests in work at once; further ones are answered with 429',
    }),
    bodyBytesInFlightMax: bytes('256MiB', {
      min: MIB,
      max: TIB,
      description: 'Most bytes of request bodies in memory at once; further requests are answered with 429',
    }),
  },
  zooKeeper: {
    host: text('', hostList, 'a host, or hosts as "h1:p1,h2:p2", or "" to run alone', {
      description: 'One ZooKeeper host or an ensemble as "h1:p1,h2:p2"; empty: run alone',
    }),
    port: count(2181, 'port', { min: 1, max: 65_535, description: 'Port of the ZooKeeper hosts given without one' }),
    root: text('/corecache', /^(\/[^/\s\0]+)+$/, 'an absolute path such as "/corecache"', {
      description: 'Path in ZooKeeper under which the cluster keeps its state',
    }),
    sessionTimeout: duration('10s', {
      min: SECOND,
      max: 10 * MINUTE,
      description: 'A node unheard of for this long loses its roles; the server may narrow it',
    }),
  },
  forwarding: {
    connectTimeout: duration('2s', { ...TIMEOUT, description: 'Longest time to connect to the leader' }),
    timeout: duration('30s', { ...TIMEOUT, description: 'Longest silence of the leader in a forwarded request' }),
    connectionsMax: count(256, 'connections', {
      min: 1,
      max: 65_535,
      description: 'Most connections to the leader at once',
    }),
  },
  log: {
    durability: choice('fsync', ['fsync', 'interval', 'os'], {
      description: 'A write is acknowledged when synced, when a sync is due within syncInterval, or when written',
    }),
    syncInterval: duration('100ms', {
      min: 1,
      max: HOUR,
      description: 'Longest time until a write is synced, with durability "interval"',
    }),
    segmentBytesMax: bytes('16MiB', {
      min: 64 * KIB,
      max: GIB,
      description: 'A new segment is begun at this size',
    }),
  },
  memtable: {
    bytesMax: bytes('32MiB', { min: 64 * KIB, max: 4 * GIB, description: 'Flush at this size' }),
    recordsMax: count(0, 'records', { min: 0, max: 1e12, description: 'Flush at this many records; 0: no limit' }),
    ageMax: duration('0s', {
      min: 0,
      max: 365 * DAY,
      description: 'Flush when the oldest record is this old; 0s: no limit',
    }),
    hugePages: choice('on', ['on', 'off'], {
      description: 'Ask the system for its memory in huge pages, which make writing to fresh memory cheaper; Linux',
    }),
    sealedMax: count(3, 'memtables', {
      min: 1,
      max: 64,
      description: 'Full memtables at which writes wait: those being flushed, and the one being filled',
    }),
  },
  table: {
    bytesMax: bytes('16MiB', {
      min: 64 * KIB,
      max: 16 * GIB,
      description: 'Compaction begins a new table at this size',
    }),
    blockBytes: bytes('4KiB', { min: 256, max: MIB, description: 'Size of a data block before compression' }),
    compression: choice('none', ['none', 'fast', 'small'], {
      description: 'New blocks are stored as they are, compressed at little cost, or compressed well',
    }),
    blockRestartInterval: count(16, 'entries', { min: 1, max: 1024, description: 'Entries between restart points' }),
    bloomBitsPerKey: count(10, 'bits', {
      min: 0,
      max: 32,
      description: 'Bloom filter bits for each key, on an average over the tree; 0: no filter',
    }),
    separatedValueBytesMin: bytes('8KiB', {
      min: 0,
      max: GIB,
      description: 'Values of this size and more are kept apart from tables; 0B: none',
    }),
  },
  compaction: {
    level0TablesCompact: count(6, 'tables', {
      min: 1,
      max: 1000,
      description: 'Level-0 tables that start a compaction',
    }),
    level0TablesSlow: count(12, 'tables', { min: 1, max: 10_000, description: 'Level-0 tables that delay writes' }),
    level0TablesStop: count(24, 'tables', { min: 1, max: 10_000, description: 'Level-0 tables that make writes wait' }),
    levelBytesBase: bytes('256MiB', { min: 64 * KIB, max: TIB, description: 'Least size of the first level below 0' }),
    levelRatio: count(10, 'times', {
      min: 2,
      max: 100,
      description: 'How much larger each level is than the one above',
    }),
    pendingBytesSlow: bytes('2GiB', { min: MIB, max: 1024 * TIB, description: 'Bytes to compact that delay writes' }),
    pendingBytesStop: bytes('8GiB', {
      min: MIB,
      max: 1024 * TIB,
      description: 'Bytes to compact that make writes wait',
    }),
    settleAfter: duration('500ms', {
      min: 0,
      max: HOUR,
      description:
        'Flush a memtable that is half full, and clear away old versions, when writes have paused for so long; 0s: never',
    }),
    bytesPerSecondMax: bytes('0B', {
      min: 0,
      max: TIB,
      description: 'Most bytes a second that compaction writes; 0B: no limit',
    }),
    background: choice('workers', ['workers', 'inline'], {
      description: 'Flush and compact in worker threads, or in slices on the main thread',
    }),
  },
  cache: {
    bytesMax: bytes('64MiB', { min: 0, max: TIB, description: 'Blocks, rows, filters and indexes kept in memory' }),
    mappedBytesMax: bytes('0B', {
      min: 0,
      max: TIB,
      description: 'Tables mapped into memory besides the cache, on Linux; 0B: none',
    }),
  },
  limits: {
    keyBytesMax: bytes('4KiB', { min: 1, max: 64 * KIB, description: 'Longest key' }),
    valueBytesMax: bytes('16MiB', { min: 1, max: GIB, description: 'Largest value' }),
    requestBytesMax: bytes('32MiB', { min: KIB, max: GIB, description: 'Largest JSON body, of a batch above all' }),
    batchOperationsMax: count(10_000, 'operations', { min: 1, max: 1e6, description: 'Most operations in a batch' }),
    scanItemsDefault: count(100, 'items', { min: 1, max: 1e6, description: 'Items of a JSON scan without a limit' }),
    scanItemsMax: count(10_000, 'items', { min: 1, max: 1e6, description: 'Most items of a JSON scan' }),
    scanBytesMax: bytes('4MiB', {
      min: KIB,
      max: GIB,
      description: 'A JSON scan ends, with a cursor, when its keys and values reach this size',
    }),
  },
  checkpoint: {
    directory: text('checkpoints', /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/, 'a plain folder name', {
      description: 'Folder in the data directory in which checkpoints are made',
    }),
  },
  logging: {
    level: choice('info', ['debug', 'info', 'warn', 'error', 'silent'], { description: 'Least important line shown' }),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Setting<unknown>>>>>;

/** Why the sections exist, for the settings file and the documentation. */
export const sectionDescriptions: Readonly<Record<keyof typeof definitions, string>> = {
  node: 'This process and its place on disk.',
  server: 'The REST interface.',
  zooKeeper: 'Leader election. Without a host the node runs alone.',
  forwarding: 'Requests passed on from a follower to the leader.',
  log: 'The commit log, and when a write counts as done.',
  memtable: 'When memory goes to disk.',
  table: 'The files of the tree.',
  compaction: 'The merging of tables beside the traffic, and when it slows writes down.',
  cache: 'Memory for what is read from tables.',
  limits: 'What a request may ask for.',
  checkpoint: 'Copies of the database, made while it runs.',
  logging: 'What the node says about itself on standard output.',
};

type Definitions = typeof definitions;
type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** All settings, checked and frozen. Sizes are bytes, times milliseconds, paths absolute. */
export type Settings = {
  readonly [Section in keyof Definitions]: {
    readonly [Name in keyof Definitions[Section]]: ValueOf<Definitions[Section][Name]>;
  };
};
