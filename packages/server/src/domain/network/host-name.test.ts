import { expect, test } from 'vitest';
import { mayBeRebound } from './host-name.ts';

test.each([
  ['http://localhost:4400', false],
  ['http://forum.localhost:4400', false],
  ['http://127.0.0.1:4400', false],
  ['http://0x7f.1:4400', false],
  ['http://[::1]:4400', false],
  ['http://[::ffff:127.0.0.1]:4400', false],
  ['http://latchkey:4400', false],
  ['https://ID.example.com', false],
  ['http://evil.example:4400', true],
  ['http://127.0.0.1.evil.example:4400', true],
  ['http://localhost.evil.example:4400', true],
  ['http://evil-localhost.example:4400', true],
  ['http://id.example.com.evil.example', true],
  ['http://not-id.example.com', true],
  ['http://localhost.:4400', true],
])('%s: %s', (url, expected) => {
  expect(mayBeRebound(new URL(url).hostname, 'id.example.com')).toBe(expected);
});
