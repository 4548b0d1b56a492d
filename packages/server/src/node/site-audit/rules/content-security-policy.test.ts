import { expect, test } from 'vitest';
import { judgePolicies } from './content-security-policy.ts';

const rest = "; object-src 'none'; base-uri 'none'";

test.each([
  ['', 'none'],
  ["img-src 'self'", 'none'],
  [`script-src 'nonce-abc' 'strict-dynamic'${rest}`, 'strong'],
  [`script-src 'nonce-abc' 'strict-dynamic' 'unsafe-inline' https:${rest}`, 'strong'],
  [`script-src 'sha256-abc' 'unsafe-inline'${rest}`, 'strong'],
  [`script-src 'self'${rest}`, 'strong'],
  ["default-src 'self'; base-uri 'none'", 'strong'],
  [`script-src 'self' 'unsafe-eval'${rest}`, 'incomplete'],
  ["script-src 'self'", 'incomplete'],
  [`script-src 'self' 'unsafe-inline'${rest}`, 'weak'],
  [`script-src 'nonce-abc' https:${rest}`, 'weak'],
  [`script-src *${rest}`, 'weak'],
  [`script-src 'self' data:${rest}`, 'weak'],
  [`SCRIPT-SRC 'Self' 'Unsafe-Inline'${rest}`, 'weak'],
  [`script-src 'self' 'unsafe-inline'; script-src 'none'${rest}`, 'weak'],
  ["default-src 'self'; script-src 'unsafe-inline'", 'weak'],
] as const)('%s: %s', (policy, strength) => {
  expect(judgePolicies([policy]).strength).toBe(strength);
});

test('several policies all apply', () => {
  expect(judgePolicies(["img-src 'self'", `script-src 'self'${rest}`]).strength).toBe('strong');
  expect(judgePolicies([`img-src 'self', script-src 'self'${rest}`]).strength).toBe('strong');
  expect(judgePolicies(["script-src *; frame-ancestors 'none'", "script-src 'self'"]).restrictsFraming).toBe(true);
  expect(judgePolicies([]).strength).toBe('none');
});
