import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ANY_VERSION, reasonOf, type Coordinator } from '../../src/coordination/coordinator.js';
import { eventually } from '../support/eventually.js';

/** What the suite needs of an implementation. Coordinators opened from one fixture share one tree. */
export interface CoordinatorFixture {
  open(): Promise<Coordinator>;
  /** Ends the session of this coordinator as a time-out would; resolves when it is over for everyone. */
  expire(coordinator: Coordinator): Promise<void>;
  close(): Promise<void>;
}

/** What every coordinator does. The behaviours are ZooKeeper's. */
export function describeCoordinator(name: string, makeFixture: () => Promise<CoordinatorFixture>): void {
  describe(`coordinator: ${name}`, () => {
    let fixture: CoordinatorFixture;
    let folder = '';
    let folders = 0;
    const opened: Coordinator[] = [];
    const open = async (): Promise<Coordinator> => {
      const coordinator = await fixture.open();
      opened.push(coordinator);
      await connected(coordinator);
      if (!(await coordinator.exists(folder))) await coordinator.create(folder, bytes(''), 'persistent');
      return coordinator;
    };

    beforeAll(async () => {
      fixture = await makeFixture();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((coordinator) => coordinator.close()));
      folder = `/suite-${++folders}`;
    });
    afterAll(() => fixture.close());
    folder = '/suite-0';

    const at = (path: string): string => `${folder}/${path}`;

    it('reads what was created, with version 0', async () => {
      const coordinator = await open();
      expect(await coordinator.create(at('a'), bytes('one'), 'persistent')).toBe(at('a'));
      const found = await coordinator.get(at('a'));
      expect(text(found?.data)).toBe('one');
      expect(found).toMatchObject({ version: 0, owner: undefined });
    });

    it('shares no memory with those who write and read, Buffers included', async () => {
      const coordinator = await open();
      const written = Buffer.from('one');
      await coordinator.create(at('a'), written, 'persistent');
      written.fill(0);
      (await coordinator.get(at('a')))?.data.fill(0);
      expect(text((await coordinator.get(at('a')))?.data)).toBe('one');
      const replacement = Buffer.from('two');
      await coordinator.set(at('a'), replacement, 0);
      replacement.fill(0);
      expect(text((await coordinator.get(at('a')))?.data)).toBe('two');
    });

    it('holds empty data', async () => {
      const coordinator = await open();
      await coordinator.create(at('a'), bytes(''), 'persistent');
      expect((await coordinator.get(at('a')))?.data.length).toBe(0);
    });

    it('answers undefined for a node that is not there', async () => {
      const coordinator = await open();
      expect(await coordinator.get(at('a'))).toBeUndefined();
      expect(await coordinator.exists(at('a'))).toBe(false);
    });

    it('refuses to create what exists, and below what does not', async () => {
      const coordinator = await open();
      await coordinator.create(at('a'), bytes(''), 'persistent');
      expect(await failure(coordinator.create(at('a'), bytes(''), 'persistent'))).toBe('NODE_EXISTS');
      expect(await failure(coordinator.create(at('b/c'), bytes(''), 'persistent'))).toBe('NO_NODE');
    });

    it('lists children, and none of a node that is not there', async () => {
      const coordinator = await open();
      await coordinator.create(at('a'), bytes(''), 'persistent');
      await coordinator.create(at('a/x'), bytes(''), 'persistent');
      await coordinator.create(at('a/y'), bytes(''), 'ephemeral');
      expect((await coordinator.children(at('a'))).sort()).toEqual(['x', 'y']);
      expect(await failure(coordinator.children(at('b')))).toBe('NO_NODE');
    });

    it('writes with the version expected and only with it, also when that is 0', async () => {
      const coordinator = await open();
      await coordinator.create(at('a'), bytes('one'), 'persistent');
      expect(await coordinator.set(at('a'), bytes('two'), 0)).toBe(1);
      expect(await failure(coordinator.set(at('a'), bytes('three'), 0))).toBe('BAD_VERSION');
      expect(await coordinator.set(at('a'), bytes('three'), ANY_VERSION)).toBe(2);
      expect(await failure(coordinator.set(at('b'), bytes('x'), ANY_VERSION))).toBe('NO_NODE');
    });

    it('removes with the version expected, and never a node with children', async () => {
      const coordinator = await open();
      await coordinator.create(at('a'), bytes(''), 'persistent');
      await coordinator.create(at('a/x'), bytes(''), 'persistent');
      expect(await failure(coordinator.remove(at('a'), 0))).toBe('NOT_EMPTY');
      expect(await failure(coordinator.remove(at('a/x'), 1))).toBe('BAD_VERSION');
      await coordinator.remove(at('a/x'), 0);
      await coordinator.remove(at('a'), ANY_VERSION);
      expect(await failure(coordinator.remove(at('a'), ANY_VERSION))).toBe('NO_NODE');
    });

    it('gives a node that is created anew another czxid', async () => {
      const coordinator = await open();
      await coordinator.create(at('a'), bytes(''), 'persistent');
      const first = await coordinator.get(at('a'));
      await coordinator.remove(at('a'), 0);
      await coordinator.create(at('a'), bytes(''), 'persistent');
      const second = await coordinator.get(at('a'));
      expect(second!.czxid > first!.czxid).toBe(true);
    });

    it('numbers sequential nodes in the order of their creation', async () => {
      const coordinator = await open();
      const other = await open();
      const first = await coordinator.create(at('n_'), bytes(''), 'ephemeralSequential');
      const second = await other.create(at('n_'), bytes(''), 'ephemeralSequential');
      const third = await coordinator.create(at('m_'), bytes(''), 'ephemeralSequential');
      const numbers = [first, second, third].map((path) => /_(\d{10})$/.exec(path)?.[1]);
      expect([...numbers].sort()).toEqual(numbers);
      expect(new Set(numbers).size).toBe(3);
    });

    it('tells the owner of an ephemeral node by its session', async () => {
      const coordinator = await open();
      await coordinator.create(at('a'), bytes(''), 'ephemeral');
      expect((await coordinator.get(at('a')))?.owner).toBe(coordinator.sessionId);
    });

    it('refuses children of an ephemeral node', async () => {
      const coordinator = await open();
      await coordinator.create(at('a'), bytes(''), 'ephemeral');
      expect(await failure(coordinator.create(at('a/x'), bytes(''), 'persistent'))).toBe('REFUSED');
    });

    it('does all operations of a multi or none, and names the one that failed', async () => {
      const coordinator = await open();
      await coordinator.create(at('a'), bytes('one'), 'persistent');
      const failed = await rejection(
        coordinator.multi([
          { type: 'set', path: at('a'), data: bytes('two'), version: 0 },
          { type: 'check', path: at('a'), version: 0 },
          { type: 'create', path: at('b'), data: bytes(''), mode: 'persistent' },
        ]),
      );
      expect(reasonOf(failed)).toBe('BAD_VERSION');
      expect(failed).toMatchObject({ data: { operation: 1 } });
      expect(text((await coordinator.get(at('a')))?.data)).toBe('one');
      expect(
        await coordinator.multi([
          { type: 'check', path: at('a'), version: 0 },
          { type: 'set', path: at('a'), data: bytes('two'), version: 0 },
          { type: 'create', path: at('b'), data: bytes(''), mode: 'ephemeral' },
          { type: 'remove', path: at('b'), version: 0 },
        ]),
      ).toEqual([undefined, 1, at('b'), undefined]);
    });

    it.each(['check', 'set', 'remove'] as const)('a %s in a multi expects version 0 when told so', async (type) => {
      const coordinator = await open();
      await coordinator.create(at('a'), bytes('one'), 'persistent');
      await coordinator.set(at('a'), bytes('two'), 0);
      const operation = { type, path: at('a'), data: bytes('three'), version: 0 };
      expect(await failure(coordinator.multi([operation]))).toBe('BAD_VERSION');
    });

    it('calls a watch once, at the next change only', async () => {
      const coordinator = await open();
      const other = await open();
      await coordinator.create(at('a'), bytes('one'), 'persistent');
      let calls = 0;
      await other.get(at('a'), () => calls++);
      await coordinator.set(at('a'), bytes('two'), 0);
      await eventually('the watch', 5000, () => calls || undefined);
      await coordinator.set(at('a'), bytes('three'), 1);
      await other.sync();
      expect(calls).toBe(1);
    });

    it('watches for a node that is not there yet', async () => {
      const coordinator = await open();
      const other = await open();
      let calls = 0;
      expect(await other.get(at('a'), () => calls++)).toBeUndefined();
      expect(await other.exists(at('b'), () => calls++)).toBe(false);
      await coordinator.create(at('a'), bytes(''), 'persistent');
      await eventually('the watch of get', 5000, () => calls === 1 || undefined);
      await coordinator.create(at('b'), bytes(''), 'persistent');
      await eventually('the watch of exists', 5000, () => calls === 2 || undefined);
    });

    it('watches for the removal of a node', async () => {
      const coordinator = await open();
      const other = await open();
      await coordinator.create(at('a'), bytes(''), 'persistent');
      let calls = 0;
      expect(await other.exists(at('a'), () => calls++)).toBe(true);
      await coordinator.remove(at('a'), 0);
      await eventually('the watch', 5000, () => calls === 1 || undefined);
    });

    it('watches children come and go, but not their data', async () => {
      const coordinator = await open();
      const other = await open();
      await coordinator.create(at('a'), bytes(''), 'persistent');
      let calls = 0;
      await other.children(folder, () => calls++);
      await coordinator.set(at('a'), bytes('one'), 0);
      await other.sync();
      expect(calls).toBe(0);
      await coordinator.remove(at('a'), 1);
      await eventually('the watch', 5000, () => calls === 1 || undefined);
    });

    it('removes the ephemeral nodes of a session that was closed, and no others', async () => {
      const coordinator = await open();
      const other = await open();
      await coordinator.create(at('kept'), bytes(''), 'persistent');
      await coordinator.create(at('gone'), bytes(''), 'ephemeral');
      await coordinator.close();
      expect(coordinator.state).toBe('closed');
      await other.sync();
      expect(await other.children(folder)).toEqual(['kept']);
      expect(await failure(coordinator.get(at('kept')))).toBe('NOT_CONNECTED');
    });

    it('begins a new session after expiry: next generation, no ephemeral nodes, no old watches', async () => {
      const coordinator = await open();
      const other = await open();
      const seen: string[] = [];
      coordinator.onSession((state, generation) => seen.push(`${generation} ${state}`));
      let calls = 0;
      await coordinator.create(at('a'), bytes(''), 'ephemeral');
      await coordinator.exists(at('b'), () => calls++);
      const before = coordinator.sessionId;
      await fixture.expire(coordinator);
      await connected(coordinator, 2);
      expect(seen.filter((event) => !event.endsWith('suspended'))).toEqual([
        '1 expired',
        '2 connecting',
        '2 connected',
      ]);
      expect(coordinator.sessionId).not.toBe(before);
      await coordinator.sync();
      expect(await coordinator.exists(at('a'))).toBe(false);
      await other.create(at('b'), bytes(''), 'persistent');
      await coordinator.sync();
      expect(calls).toBe(0);
    });

    it('gives up the session it is told to renew, and only that', async () => {
      const coordinator = await open();
      coordinator.renewSession(1, 'test');
      expect(coordinator.state).not.toBe('suspended');
      await connected(coordinator, 2);
      coordinator.renewSession(1, 'too late');
      expect(coordinator).toMatchObject({ state: 'connected', generation: 2 });
    });
  });
}

/** Resolves when the coordinator is connected in this generation. */
export async function connected(coordinator: Coordinator, generation = 1): Promise<void> {
  await eventually(`session ${generation}`, 20_000, () =>
    coordinator.state === 'connected' && coordinator.generation === generation ? true : undefined,
  );
}

export async function rejection(outcome: Promise<unknown>): Promise<unknown> {
  try {
    await outcome;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

export async function failure(outcome: Promise<unknown>): Promise<string | undefined> {
  return reasonOf(await rejection(outcome));
}

export function bytes(value: string): Uint8Array {
  return Buffer.from(value);
}

export function text(value: Uint8Array | undefined): string | undefined {
  return value && Buffer.from(value).toString();
}
