import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret } from './secret.ts';

const TEXT = 'correct horse battery staple';
const secret = new Secret<'password'>(TEXT);
/** As where a type was lost on the way. */
const untyped: unknown = secret;

test('reveals itself only when asked to', () => {
  expect(secret.reveal()).toBe(TEXT);
});

describe('does not print', () => {
  test.each<[string, () => string]>([
    ['String', () => String(secret)],
    ['a template', () => `password: ${untyped as string}`],
    ['concatenation', () => 'password: '.concat(untyped as string)],
    ['JSON', () => JSON.stringify(secret)],
    ['JSON, inside', () => JSON.stringify({ password: secret, list: [secret] })],
    ['inspect', () => inspect(secret)],
    [
      'inspect, inside and with everything shown',
      () => inspect({ a: { b: [secret] } }, { depth: 9, showHidden: true, getters: true }),
    ],
    ['inspect, as console.log formats', () => format('%s %o %O %j %d', secret, secret, secret, secret, secret)],
    ['its members', () => JSON.stringify(Object.getOwnPropertyNames(secret)) + JSON.stringify(Object.entries(secret))],
    ['a copy', () => inspect({ ...(untyped as object) }, { showHidden: true })],
    ['a structured clone', () => inspect(structuredClone(secret), { depth: 9, showHidden: true })],
    ['an error', () => inspect(new Error('failed', { cause: secret }))],
    ['a key of an object', () => inspect({ [untyped as string]: 1 })],
  ])('%s', (_name, print) => {
    expect(print()).not.toContain(TEXT);
  });
});
