import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const JAR_DIRECTORY = '/usr/share/java';
const JARS =
  /^(zookeeper|zookeeper-jute|slf4j-api|slf4j-nop|netty-[a-z-]+|metrics-core|jackson-(core|databind|annotations)|snappy-java|commons-cli)\.jar$/;
const START_MS_MAX = 30_000;

export interface ZooKeeperOptions {
  /** Unit of ZooKeeper's time in milliseconds: session timeouts are clamped to 2 to 20 of it. */
  readonly tickTime?: number;
  /** Kept when given; otherwise a temporary one, removed by `stop`. */
  readonly dataDirectory?: string;
  /** The system chooses one when absent. */
  readonly port?: number;
}

/**
 * Starts a real ZooKeeper on loopback and resolves when it answers. @throws Error with what to install when there is
 * none
 */
export async function startZooKeeper(options: ZooKeeperOptions = {}): Promise<ZooKeeperServer> {
  const server = new ZooKeeperServer(options.port ?? (await freePort()), options);
  await server.start();
  return server;
}

/** A ZooKeeper server in a process of its own; ends with the process that started it, also when a test fails. */
export class ZooKeeperServer {
  readonly port: number;
  readonly #directory: string;
  readonly #keepsDirectory: boolean;
  readonly #tickTime: number;
  #child: ChildProcess | undefined = undefined;

  constructor(port: number, { tickTime = 500, dataDirectory }: ZooKeeperOptions) {
    this.port = port;
    this.#tickTime = tickTime;
    this.#keepsDirectory = dataDirectory !== undefined;
    this.#directory = dataDirectory ?? mkdtempSync(join(tmpdir(), 'corecache-zookeeper-'));
    mkdirSync(this.#directory, { recursive: true });
  }

  /** What clients connect to. */
  get connect(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const configuration = join(this.#directory, 'zoo.cfg');
    writeFileSync(configuration, this.#configuration());
    const child = spawn(
      'java',
      [
        '-Xmx128m',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        '-Dzookeeper.forceSync=no',
        '-cp',
        classPath(),
        'org.apache.zookeeper.server.quorum.QuorumPeerMain',
        configuration,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    const deadline = performance.now() + START_MS_MAX;
    while (!(await answers(this.port))) {
      if (failure !== undefined) throw new Error(`java does not start: ${INSTRUCTIONS}`, { cause: failure });
      if (child.exitCode !== null || performance.now() > deadline) {
        child.kill('SIGKILL');
        throw new Error(`ZooKeeper does not start:\n${Buffer.concat(output).toString()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends the server and removes its data, unless the directory was given. */
  async stop(): Promise<void> {
    await this.kill();
    if (!this.#keepsDirectory) rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Ends the server; its data stay for `start`. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Same port, same data. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Does the server still keep this session? `sessionId` as a `Coordinator` tells it. */
  async hasSession(sessionId: string): Promise<boolean> {
    const dump = await ask(this.port, 'dump');
    return new RegExp(`0x${BigInt(sessionId).toString(16)}\\b`).test(dump);
  }

  #configuration(): string {
    return [
      `tickTime=${this.#tickTime}`,
      `dataDir=${this.#directory}`,
      `clientPort=${this.port}`,
      'clientPortAddress=127.0.0.1',
      'admin.enableServer=false',
      'maxClientCnxns=0',
      '4lw.commands.whitelist=ruok,dump',
      '',
    ].join('\n');
  }
}

const INSTRUCTIONS =
  'run scripts/install_test_zookeeper.sh, or install the packages zookeeper and default-jre-headless';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function classPath(): string {
  const jars = existsSync(JAR_DIRECTORY) ? readdirSync(JAR_DIRECTORY).filter((name) => JARS.test(name)) : [];
  if (!jars.includes('zookeeper.jar')) throw new Error(`no ZooKeeper on this machine: ${INSTRUCTIONS}`);
  return jars.map((name) => join(JAR_DIRECTORY, name)).join(':');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  return (await ask(port, 'ruok')) === 'imok';
}

/** The answer to one of the server's four-letter words; empty when there is none. */
function ask(port: number, word: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(word));
    let answer = '';
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}
