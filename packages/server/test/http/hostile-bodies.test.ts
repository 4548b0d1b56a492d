import { PAGES, ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, problemOf, startTestServer, type TestBrowser, type TestServer } from '../support/test-server.ts';

const SECRET_PASSWORD = 'unmistakable-hunter2-password';

let server: TestServer;
let browser: TestBrowser;
beforeAll(async () => {
  server = await startTestServer({ settings: { LATCHKEY_MAGIC_LINKS: 'on' } });
  browser = await server.signedIn('ada@example.com');
});
afterAll(() => server.close());

/** Routes that read JSON, each with a body that it would take. */
const JSON_ROUTES: [path: string, valid: Readonly<Record<string, unknown>>][] = [
  [ROUTES.signUp, { email: 'new@example.com', password: SECRET_PASSWORD, name: 'Ada' }],
  [ROUTES.emailVerification, { email: 'ada@example.com' }],
  [ROUTES.confirmEmail, { token: 'lko_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
  [ROUTES.signIn, { email: 'ada@example.com', password: SECRET_PASSWORD, remember: true, slot: 1 }],
  [ROUTES.passwordReset, { email: 'nobody@example.com' }],
  [
    ROUTES.confirmPasswordReset,
    { token: 'lko_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', password: SECRET_PASSWORD },
  ],
  [ROUTES.password, { current: SECRET_PASSWORD, password: SECRET_PASSWORD }],
  [ROUTES.email, { email: 'new@example.com', password: SECRET_PASSWORD }],
  [ROUTES.confirmEmailChange, { token: 'lko_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
  [ROUTES.undoEmailChange, { token: 'lko_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
  [ROUTES.magicLink, { email: 'nobody@example.com', remember: true, slot: 1 }],
  [ROUTES.confirmMagicLink, { token: 'lko_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
  [ROUTES.sessionToken, { audience: 'https://api.example.com', scope: 'openid' }],
];

const post = (path: string, body: BodyInit, contentType = 'application/json') =>
  browser.request(path, { method: 'POST', body, headers: { 'Content-Type': contentType } });

interface Refusal {
  readonly problem: string;
  /** The members that are named, each once. */
  readonly pointers: readonly string[];
  readonly text: string;
}

/** How a request is refused. Makes sure that nothing at all has changed. */
async function refusal(send: () => Promise<Response>): Promise<Refusal> {
  const before = await server.tableCounts();
  const response = await send();
  const text = await response.clone().text();
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(await server.tableCounts()).toEqual(before);
  const { errors = [] } = JSON.parse(text) as { errors?: { pointer: string }[] };
  return { problem: await problemOf(response), pointers: [...new Set(errors.map(({ pointer }) => pointer))], text };
}

describe.each(JSON_ROUTES)('%s', (path, valid) => {
  const first = Object.keys(valid)[0]!;

  test.each<[string, BodyInit]>([
    ['nothing', ''],
    ['a space', ' '],
    ['half an object', JSON.stringify(valid).slice(0, -1)],
    ['two objects', JSON.stringify(valid) + JSON.stringify(valid)],
    ['single quotes', JSON.stringify(valid).replaceAll('"', "'")],
    ['a comment', `${JSON.stringify(valid)}// x`],
    ['a comma too many', JSON.stringify(valid).replace(/\}$/, ',}')],
    ['NaN', '{"email":NaN}'],
    ['a control character in a text', '{"email":"a\nb"}'],
    ['a NUL behind it', `${JSON.stringify(valid)}\0`],
    ['a bad escape', '{"email":"\\x41"}'],
    ['a form', new URLSearchParams({ email: 'a@example.com' }).toString()],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['an overlong NUL', Buffer.concat([Buffer.from('{"email":"'), Buffer.of(0xc0, 0x80), Buffer.from('"}')])],
    [
      'a surrogate in UTF-8',
      Buffer.concat([Buffer.from('{"email":"'), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('"}')]),
    ],
    ['UTF-16', Buffer.from(JSON.stringify(valid), 'utf16le')],
    ['deep nesting that never ends', '['.repeat(60_000)],
    ['deep objects that never end', '{"a":'.repeat(12_000)],
  ])('%s is malformed', async (_name, body) => {
    expect(await refusal(() => post(path, body))).toMatchObject({ problem: '400 malformed_json' });
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['an array', []],
    ['an array of it', [valid]],
    ['a text', 'text'],
    ['a number', 1],
    ['true', true],
    ['it as a text', JSON.stringify(valid)],
  ])('%s is no object', async (_name, json) => {
    expect(await refusal(() => browser.request(path, { json }))).toMatchObject({
      problem: '400 invalid_request',
      pointers: [''],
    });
  });

  test('deep nesting is no object, and no text either', async () => {
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    expect(await refusal(() => post(path, deep))).toMatchObject({ problem: '400 invalid_request' });
    expect(
      await refusal(() => post(path, JSON.stringify({ ...valid, [first]: 0 }).replace(':0', `:${deep}`))),
    ).toMatchObject({ problem: '400 invalid_request' });
  });

  test.each(Object.keys(valid))('member %s of a wrong type is named', async (member) => {
    for (const value of [
      null,
      1,
      [],
      {},
      [valid[member]],
      { toString: 'x' },
      typeof valid[member] === 'boolean' ? 'on' : false,
    ]) {
      if (member === 'slot' && value === 1) continue;
      expect(await refusal(() => browser.request(path, { json: { ...valid, [member]: value } }))).toMatchObject({
        problem: '400 invalid_request',
        pointers: [`/${member}`],
      });
    }
  });

  test.each([
    ['extra', '/extra'],
    ['Email', '/Email'],
    ['a/b', '/a~1b'],
    ['a~b', '/a~0b'],
    ['', '/'],
    ['constructor', '/constructor'],
    ['__proto__', '/__proto__'],
    ['toString', '/toString'],
    ['é\u0000', '/é\u0000'],
    ['x'.repeat(3000), `/${'x'.repeat(64)}`],
  ])('unknown member %j is named', async (member, pointer) => {
    const text = JSON.stringify({ ...valid }).replace(/\}$/, `,${JSON.stringify(member)}:{"role":"administrator"}}`);
    expect(await refusal(() => post(path, text))).toMatchObject({
      problem: '400 invalid_request',
      pointers: [pointer],
    });
  });

  test('of many unknown members some are named, and the answer stays small', async () => {
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`member-${index}`, 1]));
    const { problem, pointers } = await refusal(() => browser.request(path, { json: { ...valid, ...many } }));
    expect(problem).toBe('400 invalid_request');
    expect(pointers).toHaveLength(20);
  });

  test('text that is too long, or broken, or steers terminals, is refused by its member', async () => {
    const bad = ['x'.repeat(5000), 'a@example.com\ud800', '\udc00a@example.com'];
    // A token is parsed, and a password may hold any character.
    if (first !== 'token' && first !== 'current')
      bad.push(
        'a\u0000@example.com',
        'a@example.com\r\nBcc: b@example.com',
        'a\u001b[2J@example.com',
        'a\u0085@example.com',
      );
    for (const value of bad) {
      const { problem, text } = await refusal(() => browser.request(path, { json: { ...valid, [first]: value } }));
      expect(problem).toMatch(/^400 (?:invalid_request|invalid_token)$/);
      expect(text).not.toContain('Bcc');
    }
  });

  test.each([
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json-patch+json',
    'application/jsonx',
    'application',
    'json',
    '*/*',
    ';application/json',
    'application/json, text/plain',
  ])('content type %j is not accepted, whatever the body', async (contentType) => {
    expect(await refusal(() => post(path, JSON.stringify(valid), contentType))).toMatchObject({
      problem: '415 unsupported_media_type',
    });
  });

  test('nor is none at all with a body', async () => {
    const body = new TextEncoder().encode(JSON.stringify(valid));
    expect(await refusal(() => browser.request(path, { method: 'POST', body }))).toMatchObject({
      problem: '415 unsupported_media_type',
    });
  });

  test.each([
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/JSON',
    'application/json ; x="y"',
    'application/json;',
  ])('content type %j is JSON', async (contentType) => {
    const response = await post(path, '{', contentType);
    expect(await problemOf(response)).toBe('400 malformed_json');
  });

  test.each([65_537, 10 * 1024 * 1024])('%d bytes are too many, with their length said or not', async (size) => {
    const body = new Uint8Array(size).fill(0x20);
    const headers = { 'Content-Type': 'application/json' };
    expect(
      await refusal(() =>
        browser.request(path, { method: 'POST', body, headers: { ...headers, 'Content-Length': String(size) } }),
      ),
    ).toMatchObject({ problem: '413 body_too_large' });
    expect(await refusal(() => browser.request(path, { method: 'POST', body, headers }))).toMatchObject({
      problem: '413 body_too_large',
    });
    const parts = new Blob([body]).stream();
    expect(
      await refusal(() =>
        browser.request(path, { method: 'POST', body: parts, headers: { ...headers, 'Transfer-Encoding': 'chunked' } }),
      ),
    ).toMatchObject({ problem: '413 body_too_large' });
  });

  test('65,536 bytes are not', async () => {
    const response = await post(path, `${' '.repeat(65_535)}{`);
    expect(await problemOf(response)).toBe('400 malformed_json');
  });

  test('a body that breaks off is refused, and is no fault of the server', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"email":'));
        controller.error(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
      },
    });
    const logged = server.log.entries.filter(({ level }) => level === 'error').length;
    const headers = { 'Content-Type': 'application/json' };
    expect(await refusal(() => browser.request(path, { method: 'POST', body, headers }))).toMatchObject({
      problem: '408 request_timeout',
    });
    expect(server.log.entries.filter(({ level }) => level === 'error')).toHaveLength(logged);
  });
});

describe('members that every object has', () => {
  test('change nothing, and reach no account', async () => {
    const text =
      '{"email":"proto@example.com","password":"a long password","name":"x","constructor":{"prototype":{"role":"administrator"}}}';
    expect(await refusal(() => post(ROUTES.signUp, text))).toMatchObject({ problem: '400 invalid_request' });
    expect(({} as Record<string, unknown>)['role']).toBeUndefined();
  });
});

describe('names', () => {
  test.each([
    'Ada\r\nX-Evil: 1',
    'Ada\u0000',
    '\u001b]0;evil\u0007',
    'a\u007fb',
    'a\u0085b',
    'a\ud800',
    'x'.repeat(121),
    '',
  ])('%j is refused', async (name) => {
    expect(
      await refusal(() =>
        browser.request(ROUTES.signUp, { json: { email: 'named@example.com', password: PASSWORD, name } }),
      ),
    ).toMatchObject({ problem: '400 invalid_request', pointers: ['/name'] });
  });

  test('may be in any script, and are never put into a mail', async () => {
    const name = 'Ада Лавлейс 🔑 <b>"\'&';
    const json = { email: 'named@example.com', password: PASSWORD, name };
    expect((await browser.request(ROUTES.signUp, { json })).status).toBe(202);
    const mail = await server.mailTo('named@example.com');
    expect(mail.text + mail.html + mail.subject).not.toContain('Лавлейс');
  });
});

describe('forms', () => {
  const forms = [
    PAGES.signUp,
    PAGES.signIn,
    PAGES.verifyEmail,
    `${PAGES.verifyEmail}/resend`,
    PAGES.firstAdministrator,
  ];
  test.each(forms)('%s takes only what a form of ours sends', async (path) => {
    const form = 'application/x-www-form-urlencoded';
    expect(await refusal(() => post(path, JSON.stringify({ email: 'a@example.com' })))).toMatchObject({
      problem: '415 unsupported_media_type',
    });
    expect(
      await refusal(() =>
        post(
          path,
          '--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na@example.com\r\n--x--',
          'multipart/form-data; boundary=x',
        ),
      ),
    ).toMatchObject({ problem: '415 unsupported_media_type' });
    expect(await refusal(() => post(path, 'email=a@example.com', 'text/plain'))).toMatchObject({
      problem: '415 unsupported_media_type',
    });
    expect(await refusal(() => post(path, 'a'.repeat(70_000), form))).toMatchObject({ problem: '413 body_too_large' });
    expect(await refusal(() => post(path, Buffer.from([0x61, 0x3d, 0xff]), form))).toMatchObject({
      problem: '400 malformed_json',
    });
    expect(await refusal(() => post(path, 'email=a&email=b', form))).toMatchObject({ problem: '400 invalid_request' });
    for (const body of [
      '',
      '&',
      '=',
      '%',
      '%zz=%zz',
      'email=%ff%fe',
      'email=%00&password=%00&token=%00',
      '__proto__=x',
      `${'a=b&'.repeat(1)}constructor=x`,
    ]) {
      const before = await server.tableCounts();
      const response = await post(path, body, form);
      expect([path, body, response.status]).toEqual([path, body, 400]);
      expect(await server.tableCounts()).toEqual(before);
    }
  });
});

test('nothing of any password is in the log', () => {
  expect(server.log.entries.length).toBeGreaterThan(100);
  expect(server.log.text()).not.toContain(SECRET_PASSWORD);
  expect(server.log.text()).not.toContain(PASSWORD);
});
