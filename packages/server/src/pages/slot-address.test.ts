import { describe, expect, test } from 'vitest';
import { elementsOf, tagsOf } from '../../test/pages/sound-pages.ts';
import { accountPage } from './account-page.ts';
import { onwardPage } from './onward-page.ts';
import { addressInSlot, pageInSlot } from './slot-address.ts';

describe('an address in a slot', () => {
  test.each<[path: string, slot: number | undefined, expected: string]>([
    ['/account', 3, '/account?slot=3'],
    ['/account', undefined, '/account?slot='],
    ['/account?notice=x', 0, '/account?notice=x&slot=0'],
    ['/account#devices', 3, '/account?slot=3#devices'],
    ['/sign-in?next=%2Faccount%3Fslot%3D2', 3, '/sign-in?next=%2Faccount%3Fslot%3D2&slot=3'],
    ['/account/sessions/ses_1/end', 3, '/account/sessions/ses_1/end?slot=3'],
    ['/oauth/authorize?continue=abc', 3, '/oauth/authorize?continue=abc&slot=3'],
    // Whoever says which one means it.
    ['/account?slot=1', 3, '/account?slot=1'],
    ['/account?slot=', 3, '/account?slot='],
    ['/account?notice=x&amp;slot=1', 3, '/account?notice=x&amp;slot=1'],
    // No pages of ours.
    ['/assets/latchkey.css?v=abc', 3, '/assets/latchkey.css?v=abc'],
    ['/docs', 3, '/docs'],
    ['/an-app-beside-us', 3, '/an-app-beside-us'],
    ['/oauth/token', 3, '/oauth/token'],
    ['https://client.example/account', 3, 'https://client.example/account'],
    ['//evil.example/account', 3, '//evil.example/account'],
    ['/accounts', 3, '/accounts'],
  ])('%s in %s: %s', (path, slot, expected) => {
    expect(addressInSlot(path, slot)).toBe(expected);
  });
});

describe('a page in a slot', () => {
  const HOSTILE = [
    ' href="/account" ',
    '" href="/account" x="',
    "' action='/account",
    'content="0; url=/account"',
    '&quot; href=&quot;/account&quot;',
    '</span><a href="/account">',
  ];
  const page = (text: string) =>
    accountPage({
      user: { name: text, email: text, roles: [text], createdAt: 0 },
      sessions: [],
      apps: [{ id: text, name: text, scopes: [text], since: 0, lastUsedAt: 0 }],
      stolen: [{ label: text, network: text, endedAt: 0 }],
      switcher: { accounts: [{ slot: 1, name: text, email: text }], current: 1, freeSlot: 2 },
      notice: { tone: 'info', text },
    });
  /** Without the addresses, which are to change. */
  const rest = (text: string) => text.replaceAll(/\s(?:href|action)="[^"]*"/g, '');

  test.each(HOSTILE)('nothing that people typed is taken for a link: %j', (text) => {
    const before = page(text);
    const after = pageInSlot(before, 1);
    expect(rest(after)).toBe(rest(before));
    expect(tagsOf(after).map(({ name }) => name)).toEqual(tagsOf(before).map(({ name }) => name));
  });

  test('its forms and its own links are in the slot, but for those of another one', () => {
    const tags = tagsOf(pageInSlot(page('x'), 1));
    const addresses = tags.flatMap(({ attributes: { href, action } }) => href ?? action ?? []);
    const own = addresses.filter((address) => /^\/(?!assets)/.test(address));
    expect(own).toEqual(
      expect.arrayContaining(['/?slot=1', '/account?slot=1', '/sign-in?slot=2', '/account/password?slot=1']),
    );
    expect(own.filter((address) => !/[?;&]slot=[12]$/.test(address))).toEqual([]);
    expect(addresses.filter((address) => address.startsWith('/assets') && address.includes('slot'))).toEqual([]);
  });

  test('goes on by itself in the slot, and to a client without it', () => {
    const refresh = (href: string) =>
      elementsOf(pageInSlot(onwardPage({ href }), 4), 'meta').flatMap(({ attributes: { content = '' } }) =>
        content.startsWith('0; ') ? content : [],
      );
    expect(refresh('/oauth/authorize?continue=abc')).toEqual(['0; url=/oauth/authorize?continue=abc&amp;slot=4']);
    expect(refresh('https://client.example/cb?code=1')).toEqual(['0; url=https://client.example/cb?code=1']);
  });
});
