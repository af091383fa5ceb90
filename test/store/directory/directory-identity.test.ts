import { expect, test } from 'vitest';
import { decodeIdentity, encodeIdentity } from '../../../src/store/directory/directory-identity.js';

const storeUuid = '3f0d2c6e-6a55-4f0f-9d3c-0a1b2c3d4e5f';

test('the identity file has known bytes', () => {
  const text = Buffer.from(encodeIdentity({ storeUuid })).toString('latin1');
  expect(text).toBe(`CoreCache database\nformat 1\nstore ${storeUuid}\nchecksum a62e8ab6\n`);
  expect(decodeIdentity(Buffer.from(text), 'IDENTITY')).toEqual({ storeUuid });
});

test('a later format is newer, not damaged, also with lines in between', () => {
  expect(() => decodeIdentity(encodeIdentity({ storeUuid }, 2), 'IDENTITY')).toThrow(
    expect.objectContaining({ code: 'NEWER_FORMAT', data: { file: 'IDENTITY', format: 2, formatMax: 1 } }),
  );
});

test('anything else is damage', () => {
  for (const text of ['', 'CoreCache database\n', 'checksum 00000000\n', '#!/bin/sh\n']) {
    expect(() => decodeIdentity(Buffer.from(text), 'IDENTITY')).toThrow(
      expect.objectContaining({ code: 'CORRUPTION' }),
    );
  }
});
