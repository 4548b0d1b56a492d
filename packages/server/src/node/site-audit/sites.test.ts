import { expect, test } from 'vitest';
import { isLoopback, isSameSite, siteOf } from './sites.ts';

test.each([
  ['app.example.com', 'example.com'],
  ['.example.com', 'example.com'],
  ['a.b.example.co.uk', 'example.co.uk'],
  ['localhost', 'localhost'],
  ['127.0.0.1', '127.0.0.1'],
  ['[::1]', '[::1]'],
])('%s belongs to %s', (host, site) => {
  expect(siteOf(host)).toBe(site);
});

test('addresses of one site, and of two', () => {
  expect(isSameSite('https://app.example.com:1/', 'https://api.example.com/x')).toBe(true);
  expect(isSameSite('https://app.example.com', 'https://example.com.evil.test')).toBe(false);
  expect(isSameSite('https://one.co.uk', 'https://other.co.uk')).toBe(false);
});

test.each([
  ['localhost', true],
  ['app.localhost', true],
  ['127.0.0.1', true],
  ['[::1]', true],
  ['localhost.evil.test', false],
  ['127.0.0.1.evil.test', false],
])('%s is this machine: %s', (host, is) => {
  expect(isLoopback(host)).toBe(is);
});
