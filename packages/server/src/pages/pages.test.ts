import { describe, expect, test } from 'vitest';
import { describeSoundPages, elementsOf, tagsOf } from '../../test/pages/sound-pages.ts';
import { accountPage } from './account-page.ts';
import { apiReferencePage } from './api-reference-page.ts';
import { checkMailPage } from './check-mail-page.ts';
import { consentPage } from './consent-page.ts';
import { devOutboxPage } from './dev-outbox-page.ts';
import { firstAdministratorFailedPage } from './first-administrator-failed-page.ts';
import { firstAdministratorPage } from './first-administrator-page.ts';
import { homePage } from './home-page.ts';
import * as magicLinkPages from './magic-link-pages.ts';
import { messagePage } from './message-page.ts';
import { logOutPage } from './log-out-page.ts';
import { onwardPage } from './onward-page.ts';
import { signInPage } from './sign-in-page.ts';
import { signUpPage } from './sign-up-page.ts';
import { verifyEmailDonePage } from './verify-email-done-page.ts';
import { verifyEmailFailedPage } from './verify-email-failed-page.ts';
import { verifyEmailPage } from './verify-email-page.ts';

const NOW = Date.UTC(2026, 10, 22, 9, 41);

const session = {
  app: false,
  createdAt: NOW,
  lastUsedAt: NOW,
  expiresAt: NOW,
  remember: false,
};

/** Every page, with the same text in every member of its model that is text. */
const pages: Record<string, (text: string) => string> = {
  home: (text) => homePage({ user: { name: text, email: text }, development: true, issuer: text }),
  'home without a name': (text) => homePage({ user: { name: null, email: text }, development: false, issuer: text }),
  'home for nobody': (text) => homePage({ user: null, development: true, issuer: text }),
  'sign-up': (text) =>
    signUpPage({
      values: { email: text, name: text },
      errors: { email: text, name: text, password: text, form: text },
      notice: { tone: 'info', text },
    }),
  'check mail': (text) => checkMailPage({ email: text, development: true, notice: { tone: 'success', text } }),
  'sign-in': (text) =>
    signInPage({
      values: { email: text, remember: true },
      errors: { email: text, password: text, form: text },
      notice: { tone: 'info', text },
      next: text,
      unverifiedEmail: text,
    }),
  consent: (text) =>
    consentPage({ clientName: text, email: text, host: text, scopes: ['openid', text], continuation: text }),
  'consent to nothing': (text) =>
    consentPage({ clientName: text, email: text, host: text, scopes: [], continuation: text }),
  'sign out?': () => logOutPage(),
  onward: (text) => onwardPage({ href: text }),
  'sign-in with magic links': (text) =>
    signInPage({ values: { email: text, remember: true }, errors: {}, next: text, magicLinks: true }),
  'sign-in beside others': (text) =>
    signInPage({
      values: { email: text, remember: true },
      errors: {},
      next: '/account',
      signedIn: [{ slot: 0, name: text, email: text }],
      inPlaceOf: { email: text, freeSlot: 1 },
    }),
  'sign-in to choose': (text) =>
    signInPage({
      values: { email: text, remember: true },
      errors: {},
      signedIn: [{ slot: undefined, name: null, email: text }],
      continuation: text,
    }),
  'magic link': (text) =>
    magicLinkPages.askForMagicLinkPage({
      values: { email: text, remember: true },
      errors: { email: text, form: text },
      next: text,
    }),
  'magic link sent': (text) =>
    magicLinkPages.magicLinkSentPage({ email: text, errors: { code: text }, development: true }),
  'magic link opened': (text) => magicLinkPages.openMagicLinkPage({ token: text }),
  'code of a magic link': (text) => magicLinkPages.magicLinkCodePage({ code: text }),
  'verify e-mail': (text) => verifyEmailPage({ token: text }),
  'verify e-mail done': () => verifyEmailDonePage({}),
  'verify e-mail failed': (text) => verifyEmailFailedPage({ values: { email: text }, errors: { email: text } }),
  account: (text) =>
    accountPage({
      user: { name: text, email: text, roles: [text], createdAt: NOW },
      sessions: [
        { ...session, id: text, current: true, label: text, network: text },
        { ...session, id: text, current: false, label: text, network: text },
        { ...session, id: text, current: false, label: text, network: text, app: true },
      ],
      apps: [
        { id: text, name: text, scopes: ['openid', text], since: NOW, lastUsedAt: NOW },
        { id: text, name: text, scopes: [], since: NOW, lastUsedAt: null },
      ],
      stolen: [{ label: text, network: text, endedAt: NOW }],
      switcher: {
        accounts: [
          { slot: undefined, name: text, email: text },
          { slot: 0, name: null, email: text },
        ],
        current: 0,
        freeSlot: 1,
      },
      notice: { tone: 'success', text },
    }),
  'dev outbox': (text) =>
    devOutboxPage({
      mails: [{ id: text, to: text, subject: text, text, html: text, sentAt: NOW, links: [text] }],
    }),
  'dev outbox without mail': () => devOutboxPage({ mails: [] }),
  'first administrator': (text) =>
    firstAdministratorPage({
      token: text,
      values: { email: text, name: text },
      errors: { email: text, name: text, password: text, form: text },
    }),
  'first administrator failed': () => firstAdministratorFailedPage({}),
  message: (text) => messagePage({ title: text, message: text, status: 404, action: { label: text, href: text } }),
  'API reference': (text) => {
    const schema = {
      type: text,
      format: text,
      description: text,
      enum: [text],
      properties: { [text]: { pattern: text } },
    };
    const content = { [text]: { schema } };
    const operation = {
      tags: [text],
      summary: text,
      description: text,
      security: [{ [text]: [] }],
      parameters: [{ name: text, in: text, description: text, schema: { type: text } }],
      requestBody: { description: text, content },
      responses: { [text]: { description: text, content }, 204: { description: text } },
    };
    return apiReferencePage({
      document: {
        info: { title: text, version: text, description: text },
        servers: [{ url: text }],
        tags: [{ name: text, description: text }],
        paths: { [`/${text}`]: { post: operation } },
      },
    });
  },
};

describeSoundPages(pages);

const hidden = (page: string, name: string) =>
  elementsOf(page, 'input').find(({ attributes: a }) => a['type'] === 'hidden' && a['name'] === name)?.attributes[
    'value'
  ];

describe('fields', () => {
  const values = { email: 'ada@example.org', name: 'Ada' };
  const input = (page: string, name: string) =>
    elementsOf(page, 'input').find(({ attributes }) => attributes['id'] === name)?.attributes ?? {};

  test('keep their values beside an error', () => {
    const page = signUpPage({ values, errors: { password: 'Too short.' } });
    expect(input(page, 'email')).toMatchObject({ value: 'ada@example.org', type: 'email', autocomplete: 'email' });
    expect(input(page, 'name')).toMatchObject({ value: 'Ada', autocomplete: 'name' });
    expect(input(page, 'name')).not.toHaveProperty('required');
    expect(input(page, 'password')).toMatchObject({
      autocomplete: 'new-password',
      'aria-invalid': 'true',
      'aria-describedby': 'password-hint password-error',
    });
    expect(input(page, 'email')).not.toHaveProperty('aria-invalid');
  });

  test('of signing in suit password managers', () => {
    const page = signInPage({ values: { email: '', remember: false }, errors: {} });
    expect(input(page, 'email')).toMatchObject({ autocomplete: 'username', required: '' });
    expect(input(page, 'password')).toMatchObject({ type: 'password', autocomplete: 'current-password' });
  });

  test('with an error are listed in an alert, and the title says so', () => {
    const page = signUpPage({ values, errors: { email: 'Wrong.', form: 'Something.' } });
    expect(tagsOf(page).filter(({ attributes }) => attributes['role'] === 'alert')).toHaveLength(1);
    expect(page).toContain('<a href="#email">Wrong.</a>');
    expect(page).toContain('<title>Error: ');
  });

  test('without an error show none', () => {
    const page = signUpPage({ values, errors: { email: undefined } });
    expect(tagsOf(page).filter(({ attributes }) => attributes['role'] === 'alert')).toEqual([]);
    expect(page).not.toContain('<title>Error: ');
  });

  test.each([true, false])('remember: %s', (remember) => {
    const page = signInPage({ values: { email: '', remember }, errors: {} });
    const checkbox = elementsOf(page, 'input').find(({ attributes }) => attributes['type'] === 'checkbox');
    expect('checked' in (checkbox?.attributes ?? {})).toBe(remember);
  });
});

describe('signing in', () => {
  const model = { values: { email: 'ada@example.org', remember: false }, errors: {} };

  test.each([
    ['/account?a=b', '/account?a=b'],
    ['//evil.example', undefined],
    ['https://evil.example', undefined],
    [undefined, undefined],
  ])('returns to %s as %s', (next, expected) => {
    expect(hidden(signInPage({ ...model, next }), 'next')).toBe(expected);
  });

  test('offers the mail again to an address that waits for it', () => {
    const form = { form: 'Not confirmed yet.' };
    const actions = (page: string) => elementsOf(page, 'form').map(({ attributes }) => attributes['action']);
    expect(actions(signInPage(model))).toEqual(['/sign-in']);
    const page = signInPage({ ...model, errors: form, unverifiedEmail: 'ada@example.org' });
    expect(actions(page)).toEqual(['/verify-email/resend', '/sign-in']);
    expect(hidden(page, 'email')).toBe('ada@example.org');
  });
});

describe('the account', () => {
  const user = { name: null, email: 'ada@example.org', roles: [], createdAt: NOW };
  const device = (id: string, current: boolean, lastUsedAt: number) => ({
    ...session,
    id,
    current,
    lastUsedAt,
    label: id,
    network: null,
  });
  const account = { user, apps: [], stolen: [], switcher: { accounts: [], current: undefined, freeSlot: undefined } };
  const actions = (page: string) =>
    elementsOf(page, 'form').flatMap(({ attributes: { action = '' } }) =>
      action.startsWith('/account') ? action : [],
    );

  test('lists this device first, then the most recently used', () => {
    const sessions = [device('old', false, 1), device('new', false, 3), device('this', true, 2)];
    const page = accountPage({ ...account, sessions });
    expect([...page.matchAll(/<h3[^>]*>(\w+)/g)].map(([, label]) => label)).toEqual(['this', 'new', 'old']);
    expect(actions(page)).toEqual([
      '/account/sessions/new/end',
      '/account/sessions/old/end',
      '/account/sessions/end-others',
      '/account/sessions/end-all',
    ]);
  });

  test('offers to end the others only when there are others', () => {
    expect(actions(accountPage({ ...account, sessions: [device('this', true, 1)] }))).toEqual([
      '/account/sessions/end-all',
    ]);
  });

  test('tells of sessions that were ended because two used them', () => {
    const stolen = [{ label: 'Firefox on Linux', network: null, endedAt: NOW }];
    expect(accountPage({ ...account, sessions: [], stolen })).toContain('Firefox on Linux');
    expect(accountPage({ ...account, sessions: [] })).not.toContain('two places');
  });

  test('shows apps by what they may do, each with a way to take it back', () => {
    const apps = [
      { id: 'cli_1', name: 'Shop', scopes: ['email', 'orders:read'], since: NOW, lastUsedAt: NOW },
      { id: 'cli_2', name: 'Robot', scopes: [], since: NOW, lastUsedAt: null },
    ];
    const held = { ...device('Shop', false, 1), app: true };
    const page = accountPage({ ...account, apps, sessions: [device('this', true, 2), held] });
    expect(actions(page)).toEqual(expect.arrayContaining(['/account/apps/cli_1/remove', '/account/apps/cli_2/remove']));
    expect(page).toMatch(/>See your e-mail address<[^]*>orders:read<[^]*>Know the id of your account</);
    expect(page).toContain('Only on this device, and in one app.');
    expect(accountPage({ ...account, sessions: [] })).not.toContain('id="apps"');
  });

  test('keeps an id inside its segment of the path', () => {
    const page = accountPage({ ...account, sessions: [device('../../sign-out?', false, 1)] });
    expect(actions(page)[0]).toBe('/account/sessions/..%2F..%2Fsign-out%3F/end');
  });

  test.each(['Safari on iOS', 'Firefox on Android'])('draws %s as a phone', (label) => {
    const drawn = (name: string) =>
      accountPage({ ...account, sessions: [device(name, true, NOW)] }).replaceAll(name, '');
    expect(drawn(label)).not.toBe(drawn('Firefox on macOS'));
    expect(drawn('Firefox on Windows')).toBe(drawn('Firefox on macOS'));
  });

  test('shows instants for machines and in UTC', () => {
    const page = accountPage({ ...account, sessions: [device('this', true, NOW)] });
    expect(page).toContain('<time datetime="2026-11-22T09:41:00.000Z" data-local="time">22 Nov 2026, 09:41 UTC</time>');
  });
});

describe('the dev outbox', () => {
  const mail = { id: '1', to: 'a@example.org', subject: 'S', text: '', html: null, sentAt: 1, links: [] };

  test('shows the newest first', () => {
    const mails = [
      { ...mail, subject: 'older' },
      { ...mail, subject: 'newer', sentAt: 2 },
    ];
    expect([...devOutboxPage({ mails }).matchAll(/<h2[^>]*>(\w+)/g)].map(([, subject]) => subject)).toEqual([
      'newer',
      'older',
    ]);
  });

  test('offers http and https links only', () => {
    const links = ['https://a.example/b', 'javascript:alert(1)', 'data:text/html,x', '//evil.example'];
    const external = elementsOf(devOutboxPage({ mails: [{ ...mail, links }] }), 'a').filter(
      ({ attributes }) => attributes['rel'] === 'noreferrer',
    );
    expect(external.map(({ attributes }) => attributes['href'])).toEqual(['https://a.example/b']);
  });
});

describe('a message', () => {
  test.each([
    ['/sign-in', 1],
    ['//evil.example', 0],
    ['javascript:alert(1)', 0],
  ])('leads to %s: %d', (href, count) => {
    const page = messagePage({ title: 'T', message: 'M', status: 404, action: { label: 'Go', href } });
    expect(elementsOf(page, 'a').filter(({ attributes }) => attributes['href'] === href)).toHaveLength(count);
  });
});

describe('the API reference', () => {
  const operation = (tag?: string) => ({ ...(tag !== undefined && { tags: [tag] }), responses: {} });

  test('groups by tag: declared ones first, then by first use', () => {
    const page = apiReferencePage({
      document: {
        info: { title: 'T', version: '1' },
        tags: [{ name: 'Declared' }, { name: 'Unused' }],
        paths: {
          '/a': { get: operation('Found') },
          '/b': { get: operation('Declared'), delete: operation('Found') },
          '/c': { get: operation() },
        },
      },
    });
    expect([...page.matchAll(/<h2[^>]*>(\w+)/g)].map(([, name]) => name)).toEqual(['Declared', 'Found', 'Other']);
    expect(elementsOf(page, 'article').map(({ attributes }) => attributes['id'])).toEqual([
      'get-b',
      'get-a',
      'delete-b',
      'get-c',
    ]);
  });

  test('resolves references, and leaves out what leads nowhere', () => {
    const page = apiReferencePage({
      document: {
        info: { title: 'T', version: '1' },
        components: {
          parameters: { Slot: { name: 'slot-parameter', in: 'header' } },
          requestBodies: {
            Body: { content: { 'application/json': { schema: { $ref: '#/components/schemas/User' } } } },
          },
          responses: { Gone: { description: 'gone-response' } },
          schemas: { User: { type: 'object', properties: { user_member: { type: 'string' } } } },
        },
        paths: {
          '/a': {
            parameters: [{ $ref: '#/components/parameters/Slot' }, { $ref: '#/components/parameters/Missing' }],
            post: {
              requestBody: { $ref: '#/components/requestBodies/Body' },
              responses: {
                410: { $ref: '#/components/responses/Gone' },
                500: { $ref: '#/components/responses/Missing' },
              },
            },
          },
        },
      },
    });
    for (const text of ['slot-parameter', 'user_member', 'gone-response', '500']) expect(page).toContain(text);
    expect(page).not.toContain('Missing');
  });

  test('is there without any path', () => {
    expect(elementsOf(apiReferencePage({ document: { info: { title: 'T', version: '1' } } }), 'article')).toEqual([]);
  });
});

test.each([
  ['https://app.example/cb?code=a&state=b', 'https://app.example/cb?code=a&amp;state=b'],
  ['/oauth/authorize?continue=x', '/oauth/authorize?continue=x'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['https://app.example/ url=https://evil.example', '/'],
  ["'https://evil.example'", '/'],
])('the page that leads on by itself: %s', (href, address) => {
  const page = onwardPage({ href });
  expect(elementsOf(page, 'meta').filter(({ attributes }) => attributes['http-equiv'] === 'refresh')).toMatchObject([
    { attributes: { content: `0; url=${address}` } },
  ]);
  expect(elementsOf(page, 'a').some(({ attributes }) => attributes['href'] === address)).toBe(true);
});
