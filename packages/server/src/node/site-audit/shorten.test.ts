import { expect, test } from 'vitest';
import { createRedaction, shortened, shownAddress, withoutTokens } from './shorten.ts';

const secret = 'Zk3vB9qLr7XwT1uYp0HsMn5';

test('of a credential the first characters are left, of a short one none', () => {
  expect(shortened(secret)).toBe('Zk3vB9… (23 characters)');
  expect(shortened('hunter2')).toBe('… (7 characters)');
});

test('names of the site’s own hold no credential, and are not endless', () => {
  expect(withoutTokens(`session:${secret}`)).not.toContain(secret);
  expect(withoutTokens('x'.repeat(5000)).length).toBeLessThan(200);
});

test.each([
  [`https://a.test/in?token=${secret}&lang=en`, 'https://a.test/in?token=…&lang=…'],
  [`https://a.test/in/${secret}`, 'https://a.test/in/Zk3vB9… (23 characters)'],
  ['https://a.test/in#access_token=abc', 'https://a.test/in#…'],
  [`https://ada:${secret}@a.test/`, 'https://a.test/'],
  ['nothing', 'an address that is none'],
])('%s', (address, shown) => {
  expect(shownAddress(address)).toBe(shown);
});

test('the longest secret is taken out first, so that no rest of it is left', () => {
  const redact = createRedaction([secret, `${secret}.and-more`]);
  expect(redact(`${secret}.and-more ${secret}`)).toBe('Zk3vB9… (32 characters) Zk3vB9… (23 characters)');
});
