import { RefusedRecord, type LoadRecord } from './record.js';

const KEY_FIELDS = ['Package', 'Version', 'Architecture'] as const;

/**
 * One stanza of a Debian package index (deb-control(5)): `Name: value` lines up to a blank one. The key is
 * `<Package>_<Version>_<Architecture>`, as in the name of the package's file; the value is the stanza, byte for byte.
 * @throws RefusedRecord
 */
export function parseStanza(stanza: Uint8Array): LoadRecord {
  // Field names and these three values are ASCII; latin1 keeps every other byte as one character.
  const text = Buffer.from(stanza).toString('latin1');
  const parts = KEY_FIELDS.map((name) => {
    const value = new RegExp(`^${name}:[ \\t]*(\\S+)[ \\t]*$`, 'im').exec(text)?.[1];
    if (value === undefined) throw new RefusedRecord(`the stanza has no field ${name}`);
    return value;
  });
  return { key: Buffer.from(parts.join('_'), 'latin1'), value: stanza };
}
