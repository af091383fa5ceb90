import { readFileSync } from 'node:fs';
import { systemCalls } from '../../src/env/system-calls.js';

export function addressOf(memory: SharedArrayBuffer | Uint8Array): bigint {
  const system = systemCalls();
  if (system instanceof Error) throw system;
  return system.addressOf(memory instanceof Uint8Array ? memory : new Uint8Array(memory));
}

/** What Linux knows of the memory at an address of this process: flags such as `hg`, "huge pages advised". */
export function flagsAt(address: bigint): string[] {
  let isThere = false;
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line);
    if (range !== null) isThere = BigInt(`0x${range[1]!}`) <= address && address < BigInt(`0x${range[2]!}`);
    else if (isThere && line.startsWith('VmFlags:')) return line.trim().split(' ').slice(1);
  }
  return [];
}
