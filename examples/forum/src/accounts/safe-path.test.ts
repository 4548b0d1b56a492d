import { expect, test } from 'vitest';
import { safePath } from './safe-path.ts';

test.each(['/', '/questions/1/where-is-a-jwt', '/search?q=a%2Fb', '/questions/1?sort=votes#answer-2', '/users/usr_1'])(
  'goes on to %s',
  (next) => expect(safePath(next)).toBe(next),
);

test.each([
  undefined,
  '',
  'questions',
  'https://evil.test/',
  '//evil.test/',
  '///evil.test/',
  '/\\evil.test/',
  '\\/evil.test/',
  '/\t/evil.test/',
  '/\n/evil.test',
  ' //evil.test',
  '/.//evil.test',
  '/..//evil.test',
  '/a/../../evil',
  '/%2e%2e/evil',
  '/%2F%2Fevil.test',
  '/%5Cevil.test',
  '/%252Fevil.test',
  '/%0d%0aLocation:%20//evil.test',
  '/a//evil.test',
  '/ü',
  '/a b',
  'javascript:alert(1)',
  'data:text/html,x',
  '@evil.test',
  '/@evil.test//',
  '?next=//evil.test',
  `/${'a'.repeat(1000)}`,
])('never goes on to %j (CWE-601)', (next) => {
  expect(safePath(next)).toBeUndefined();
});
