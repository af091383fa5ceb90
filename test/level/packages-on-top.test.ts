import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Quadstore } from 'quadstore';
import { DataFactory, type Literal, type NamedNode } from 'rdf-data-factory';
import { afterAll, describe, expect, it } from 'vitest';
import { TemporaryLevels } from './temporary-level.js';

type StreamOf = new (level: unknown, options?: object) => Readable;
// Its types ask for those of readable-stream, which nothing else here needs.
const { EntryStream, KeyStream, ValueStream } = createRequire(import.meta.url)('level-read-stream') as Record<
  'EntryStream' | 'KeyStream' | 'ValueStream',
  StreamOf
>;

const levels = new TemporaryLevels();
afterAll(() => levels.remove());

describe('level-read-stream', () => {
  it('streams entries, keys and values of ranges, forwards and backwards', async () => {
    const level = levels.make<string, number>({ valueEncoding: 'json' });
    const key = (i: number): string => `k${String(i).padStart(5, '0')}`;
    const count = 3000;
    await level.batch(Array.from({ length: count }, (_, i) => ({ type: 'put', key: key(i), value: i })));

    const entries = await new EntryStream(level, { highWaterMark: 64 }).toArray();
    expect(entries).toEqual(Array.from({ length: count }, (_, i) => ({ key: key(i), value: i })));
    expect(await new KeyStream(level, { gt: key(10), lte: key(12) }).toArray()).toEqual([key(11), key(12)]);
    expect(await new ValueStream(level, { reverse: true, limit: 2 }).toArray()).toEqual([2999, 2998]);
    await level.close();
  });

  it('copies a database through a pipeline, and a stream that is destroyed gives back its iterator', async () => {
    const from = levels.make();
    const to = levels.make();
    await from.batch(Array.from({ length: 500 }, (_, i) => ({ type: 'put', key: String(i), value: `v${i}` })));
    await pipeline(new EntryStream(from), async (entries: AsyncIterable<{ key: string; value: string }>) => {
      for await (const { key, value } of entries) await to.put(key, value);
    });
    expect(await to.iterator().all()).toEqual(await from.iterator().all());

    const left = new EntryStream(from, { highWaterMark: 1 });
    for await (const entry of left) {
      expect(entry).toEqual({ key: '0', value: 'v0' });
      break;
    }
    if (!left.closed) await new Promise((resolve) => left.once('close', resolve));
    expect(from.database.stats().openScans).toBe(0);
    await Promise.all([from.close(), to.close()]);
  });
});

describe('quadstore', () => {
  const factory = new DataFactory();
  const integer = factory.namedNode('http://www.w3.org/2001/XMLSchema#integer');
  const knows = named('knows');
  const age = named('age');
  const years = (count: number): Literal => factory.literal(String(count), integer);
  const people: [string, NamedNode, NamedNode | Literal][] = [
    ['anna', knows, named('ben')],
    ['anna', knows, named('carl')],
    ['anna', age, years(41)],
    ['anna', named('name'), factory.literal('Anna \u{1f642}', 'en')],
    ['ben', knows, named('carl')],
    ['ben', age, years(23)],
    ['carl', age, years(35)],
  ];

  it('keeps a graph, finds by pattern and by range, changes it, and finds it again after a restart', async () => {
    const location = levels.newLocation();
    const open = async (): Promise<Quadstore> => {
      // Under `exactOptionalPropertyTypes` no implementation is of the abstract type: `hooks` has it in both directions.
      const store = new Quadstore({ backend: levels.at(location) as never, dataFactory: factory });
      await store.open();
      return store;
    };
    const store = await open();
    await store.multiPut(people.map(([subject, predicate, object]) => factory.quad(named(subject), predicate, object)));

    const knowing = await store.get({ predicate: knows });
    expect(knowing.items.map(({ subject, object }) => [subject.value, object.value])).toEqual([
      ['http://example.org/anna', 'http://example.org/ben'],
      ['http://example.org/anna', 'http://example.org/carl'],
      ['http://example.org/ben', 'http://example.org/carl'],
    ]);
    const older = await store.get({ predicate: age, object: { termType: 'Range', gte: years(30) } });
    expect(older.items.map(({ subject }) => subject.value).sort()).toEqual([
      'http://example.org/anna',
      'http://example.org/carl',
    ]);
    const ben = named('ben');
    await store.patch(factory.quad(ben, age, years(23)), factory.quad(ben, age, years(24)));
    await store.close();

    const again = await open();
    const aged = await again.get({ subject: ben, predicate: age });
    expect(aged.items.map(({ object }) => object.value)).toEqual(['24']);
    const all = await again.get({});
    expect(all.items).toHaveLength(people.length);
    expect(all.items.some(({ object }) => object.value === 'Anna \u{1f642}')).toBe(true);
    await again.close();
  });

  function named(name: string): NamedNode {
    return factory.namedNode(`http://example.org/${name}`);
  }
});
