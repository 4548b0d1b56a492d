import { expect, test } from 'vitest';
import { cachingOf } from './caching.ts';

const answer = (headers: readonly (readonly [string, string])[], changes: object = {}) => ({
  method: 'GET',
  status: 200,
  requestHeaders: {},
  responseHeaders: headers,
  ...changes,
});
const control = (value: string, changes: object = {}) => answer([['cache-control', value]], changes);

test.each([
  ['RFC 9111 §5.2.2.5', control('no-store'), 'no', false],
  ['RFC 9111 §5.2.2.5', control('public, max-age=60, No-Store'), 'no', false],
  ['RFC 9111 §5.2.2.7', control('private, max-age=60'), 'no', true],
  ['RFC 9111 §5.2.2.9', control('public'), 'yes', true],
  ['RFC 9111 §5.2.2.1', control('max-age=60'), 'yes', true],
  ['RFC 9111 §5.2.2.10', control('max-age=0, s-maxage="60"'), 'yes', true],
  ['RFC 9111 §5.2.2.4', control('no-cache'), 'perhaps', true],
  ['RFC 9111 §5.2.2.1', control('max-age=0'), 'no', true],
  ['RFC 9111 §4.2.2', answer([]), 'perhaps', true],
  ['RFC 9111 §4.2.2', answer([], { status: 302 }), 'no', true],
  [
    'RFC 9111 §5.3',
    answer([
      ['expires', 'Thu, 31 Jan 2030 13:00:00 GMT'],
      ['date', 'Thu, 31 Jan 2030 12:00:00 GMT'],
    ]),
    'yes',
    true,
  ],
  [
    'RFC 9111 §5.3',
    answer([
      ['expires', '0'],
      ['date', 'Thu, 31 Jan 2030 12:00:00 GMT'],
    ]),
    'no',
    true,
  ],
  ['RFC 9111 §3.5', control('max-age=60', { requestHeaders: { authorization: 'x' } }), 'no', true],
  ['RFC 9111 §3.5', control('public, max-age=60', { requestHeaders: { authorization: 'x' } }), 'yes', true],
  ['RFC 9110 §9.3.3', control('public, max-age=60', { method: 'POST' }), 'no', false],
] as const)('%s %o', (_section, exchange, shared, isKept) => {
  expect(cachingOf(exchange)).toEqual({ shared, isKept });
});
