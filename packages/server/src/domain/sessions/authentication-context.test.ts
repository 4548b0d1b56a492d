import { expect, test } from 'vitest';
import { acrOf } from './authentication-context.ts';

test.each([
  [['pwd'], 'urn:latchkey:acr:password'],
  [['otp'], 'urn:latchkey:acr:mailed-link'],
  [['pwd', 'otp'], 'urn:latchkey:acr:password'],
  [['hwk'], undefined],
  [[], undefined],
])('%j is %s', (amr, acr) => {
  expect(acrOf(amr)).toBe(acr);
});
