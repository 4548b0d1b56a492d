import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CHAIN_BEGINNING, followChain, linkAfter, sealChain, type AuditRecord, type ChainedRecord } from './chain.ts';

const key = createSecretKey(Buffer.alloc(32, 7));
const otherKey = createSecretKey(Buffer.alloc(32, 8));

const event = (number: number): AuditRecord => ({
  id: `aud_${number}`,
  at: 1_800_000_000_000 + number,
  type: 'user.signed_in',
  outcome: 'success',
  actor: 'usr_1',
  target: 'ses_1',
  network: '192.0.2.1',
  userAgent: null,
  details: '{"count":1}',
});

function chain(count: number): ChainedRecord[] {
  const records: ChainedRecord[] = [];
  let last = CHAIN_BEGINNING;
  for (let number = 1; number <= count; number += 1) {
    last = linkAfter(last, event(number), key);
    records.push({ ...event(number), ...last });
  }
  return records;
}

test('a chain that nobody touched is intact, from its beginning and from the middle', () => {
  const records = chain(5);
  expect(followChain(CHAIN_BEGINNING, records, key)).toMatchObject({ kind: 'intact', last: { seq: 5 } });
  expect(followChain(records[1]!, records.slice(2), key)).toMatchObject({ kind: 'intact', last: { seq: 5 } });
  expect(followChain(CHAIN_BEGINNING, [], key)).toEqual({ kind: 'intact', last: CHAIN_BEGINNING });
});

describe('shows', () => {
  const changes: readonly (readonly [string, Partial<ChainedRecord>])[] = [
    ['the id', { id: 'aud_x' }],
    ['the time', { at: 1 }],
    ['the type', { type: 'user.sign_in_failed' }],
    ['the outcome', { outcome: 'failure' }],
    ['the actor', { actor: null }],
    ['the target', { target: 'ses_2' }],
    ['the network', { network: null }],
    ['the user agent', { userAgent: 'x' }],
    ['the details', { details: null }],
    ['the link', { mac: 'x' }],
  ];
  test.each(changes)('a change of %s', (_what, change) => {
    const records = chain(5);
    records[2] = { ...records[2]!, ...change };
    expect(followChain(CHAIN_BEGINNING, records, key)).toEqual({ kind: 'changed', seq: 3 });
  });

  test('an event that was moved into another field', () => {
    const [first] = chain(1);
    const moved = { ...first!, actor: first!.target, target: first!.actor };
    expect(followChain(CHAIN_BEGINNING, [moved], key)).toEqual({ kind: 'changed', seq: 1 });
  });

  test('an event that was removed, and two that were exchanged', () => {
    const [one, two, three] = chain(3) as [ChainedRecord, ChainedRecord, ChainedRecord];
    expect(followChain(CHAIN_BEGINNING, [one, three], key)).toEqual({ kind: 'missing', seq: 2 });
    expect(followChain(CHAIN_BEGINNING, [one, { ...three, seq: 2 }], key)).toEqual({ kind: 'changed', seq: 2 });
    expect(followChain(CHAIN_BEGINNING, [two, one], key)).toEqual({ kind: 'missing', seq: 1 });
  });

  test('a chain that was made anew without the key', () => {
    const forged = linkAfter(CHAIN_BEGINNING, event(1), otherKey);
    expect(followChain(CHAIN_BEGINNING, [{ ...event(1), ...forged }], key)).toEqual({ kind: 'changed', seq: 1 });
  });
});

test('a base is vouched for by the key, place and link', () => {
  const [, second, third] = chain(3) as [ChainedRecord, ChainedRecord, ChainedRecord];
  const seals = [
    sealChain(second, third, key),
    sealChain(second, second, key),
    sealChain(third, third, key),
    sealChain(second, third, otherKey),
  ];
  expect(new Set(seals).size).toBe(seals.length);
});
