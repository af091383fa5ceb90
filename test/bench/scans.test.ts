import { expect, it } from 'vitest';
import { measureScans } from '../../bench/micro/measure-scans.js';

it('every step of a scan has its cost', async () => {
  const costs = await measureScans(250);
  expect(costs).toHaveLength(7);
  for (const { nanoseconds } of costs) expect(nanoseconds).toBeGreaterThan(0);
});
