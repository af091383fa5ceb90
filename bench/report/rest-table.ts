import type { RestComparison, RestResult } from '../rest/compare-rest.js';
import { perSecond, table, times } from '../table.js';

export function restTable({ connections, repeats, servers: [ours, bare] }: RestComparison): string {
  if (!ours || !bare) return '';
  const row = (name: string, of: (result: RestResult) => RestResult['put']): string[] => [
    name,
    perSecond(of(ours).rate),
    `${of(ours).p99Ms} ms`,
    perSecond(of(bare).rate),
    `${of(bare).p99Ms} ms`,
    times(of(ours).rate / of(bare).rate),
  ];
  const head = ['request', ours.server, 'p99', bare.server, 'p99', 'ratio'];
  const rows = [row('PUT (durable)', (result) => result.put), row('GET', (result) => result.get)];
  return `\nREST, ${connections} connections, values of 100 bytes, median of ${repeats}\n\n${table(head, rows)}\n`;
}
