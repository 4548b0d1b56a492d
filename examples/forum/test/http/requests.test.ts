/** What may be sent to the forum, and by whom: hostile input, other sites, wrong methods, headers of all answers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ASSETS } from '../../src/pages/assets.ts';
import { ada, grace, ISSUER, mod, ORIGIN, SmallForum } from '../support/small-forum.ts';

let forum: SmallForum;
let question: number;
let answer: number;
let comment: number;
beforeAll(() => {
  forum = new SmallForum();
  question = forum.ask();
  answer = forum.answer(question);
  comment = forum.comment(question);
});
afterAll(() => forum[Symbol.dispose]());

const JSON_ONLY = { Accept: 'application/json' };
const codeOf = async (response: Response): Promise<unknown> => ((await response.json()) as { code: unknown }).code;

describe('hostile addresses', () => {
  const longest = '9'.repeat(15);
  test.each([
    ['/questions/0', 404],
    ['/questions/-1', 404],
    ['/questions/1e3', 404],
    ['/questions/01', 404],
    ['/questions/1.5', 404],
    [`/questions/${longest}`, 404],
    [`/questions/${longest}9`, 404],
    ['/questions/1%00', 404],
    ['/questions/%F0%9F%98%80', 404],
    ['/questions/%E0%A4', 404],
    ['/questions/1/a/b', 404],
    ['/answers/99999', 404],
    ['/answers/x', 404],
    ['/users/usr_nobody', 404],
    ['/users/..%2F..%2Fetc', 404],
    ['/users/%3Cscript%3E', 404],
    ['/tags/UPPER', 404],
    ['/tags/%3Cscript%3E', 404],
    ['/tags/..%2f', 404],
    ['/?cursor=', 400],
    ['/?cursor=x', 400],
    ['/?cursor=active.o.1.1%27', 400],
    ['/?cursor=%00', 400],
    ['/?sort=random', 400],
    ['/?sort=__proto__', 400],
    ['/?slot=10', 400],
    ['/?slot=-1', 400],
    ['/?slot=1&slot=2', 400],
    ['/?slot=new', 400],
    ['/?slot=%00', 400],
    [`/search?q=${'a'.repeat(201)}`, 400],
    ['/search?q=%22%22%22%20AND%20*%20NEAR(%29', 200],
    ['/search?q=%00%ED%A0%80', 200],
    ['/tags?q=%25%5F', 200],
    ['//example.com/', 404],
    ['/assets/style.0000000000000000.css', 404],
    ['/assets/..%2f..%2fpackage.json', 404],
  ])('%s: %d', async (path, status) => {
    const response = await forum.get(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=UTF-8');
  });

  test('a cursor of one list leads to the start of another', async () => {
    expect((await forum.get('/?sort=votes&cursor=newest.o.5.5')).status).toBe(200);
  });

  test('what is searched for is text in the page', async () => {
    const page = await (await forum.get(`/search?q=${encodeURIComponent('"><script>alert(1)</script>')}`)).text();
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&quot;&gt;&lt;script&gt;alert(1)');
  });
});

describe('hostile bodies', () => {
  test.each([
    ['application/json', '{"title":"x"}', 415],
    ['multipart/form-data; boundary=x', '--x--', 415],
    ['text/plain', 'title=x', 415],
    ['application/x-www-form-urlencoded', '', 422],
    ['application/x-www-form-urlencoded', 'title=%00%FF&body=%ED%A0%80&tags=%', 422],
    ['application/x-www-form-urlencoded', 'title[a]=1&__proto__=2&constructor=3', 422],
    ['application/x-www-form-urlencoded', `title=${'a'.repeat(100_000)}&body=b&tags=c`, 422],
    ['application/x-www-form-urlencoded', `body=${'a'.repeat(600_000)}`, 413],
  ])('%s, %#', async (type, body, status) => {
    const headers = { 'Content-Type': type, 'Sec-Fetch-Site': 'same-origin' };
    expect((await forum.send('POST', '/questions', ada, headers, body)).status).toBe(status);
  });

  test('a body that was not announced is counted', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let part = 0; part < 20; part += 1) controller.enqueue(new Uint8Array(50_000).fill(97));
        controller.close();
      },
    });
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' };
    const init = { method: 'POST', headers, body, duplex: 'half' };
    expect((await forum.app.fetch(new Request(`${ORIGIN}/questions`, init))).status).toBe(413);
  });

  test.each(['2', '-2', '', '1 ', 'NaN', '__proto__', 'toString'])('a vote of %j', async (value) => {
    const response = await forum.post(`/questions/${question}/vote`, { value }, grace, JSON_ONLY);
    expect([response.status, await codeOf(response)]).toEqual([422, 'invalid_input']);
  });

  test.each<Record<string, string>>([{}, { id: 'x' }, { id: '0' }, { all: 'yes', id: '1' }, { id: '1e3' }])(
    'to be read: %j',
    async (fields) => {
      const response = await forum.post('/notifications/read', fields, ada, JSON_ONLY);
      expect([response.status, await codeOf(response)]).toEqual([422, 'invalid_input']);
    },
  );
});

const writes = (): [string, Record<string, string>][] => [
  ['/questions', { title: 'Is this one asked at all?', body: 'b', tags: 'jwt' }],
  [`/questions/${question}/answers`, { body: 'b' }],
  [`/questions/${question}/comments`, { text: 'b' }],
  [`/questions/${question}/edit`, { title: 'Is this one changed at all?', body: 'b', tags: 'jwt' }],
  [`/questions/${question}/vote`, { value: '1' }],
  [`/questions/${question}/lock`, { reason: 'r' }],
  [`/questions/${question}/unlock`, {}],
  [`/questions/${question}/delete`, {}],
  [`/answers/${answer}/edit`, { body: 'b' }],
  [`/answers/${answer}/comments`, { text: 'b' }],
  [`/answers/${answer}/vote`, { value: '1' }],
  [`/answers/${answer}/accept`, {}],
  [`/answers/${answer}/unaccept`, {}],
  [`/answers/${answer}/delete`, {}],
  [`/comments/${comment}/delete`, {}],
  ['/profile', { title: 't', about: 'a' }],
  ['/notifications/read', { all: 'yes' }],
  ['/preview', { body: 'b' }],
];

/** All that anybody wrote. */
const written = (): unknown =>
  ['questions', 'posts', 'revisions', 'comments', 'votes', 'notifications', 'authors'].map((table) =>
    forum.context.database.statement(`SELECT * FROM ${table}`).all(),
  );

describe('what another site sends', () => {
  test.each([
    ['cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a sibling subdomain', { 'Sec-Fetch-Site': 'same-site' }],
    ['no site that browsers know', { 'Sec-Fetch-Site': 'Same-Origin, cross-site' }],
    ['another origin, without Fetch Metadata', { Origin: 'https://attacker.example' }],
    ['a sandboxed frame', { Origin: 'null' }],
    ['another port', { Origin: 'http://localhost:4501' }],
    ['an own origin beside a foreign site', { Origin: ORIGIN, 'Sec-Fetch-Site': 'cross-site' }],
  ])('%s: refused everywhere, nothing is done', async (_name, headers) => {
    const before = written();
    for (const [path, fields] of writes()) {
      for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/json']) {
        const all = { ...JSON_ONLY, ...headers, 'Content-Type': type };
        const response = await forum.send('POST', path, mod, all, new URLSearchParams(fields).toString());
        expect([path, response.status, await codeOf(response)]).toEqual([path, 403, 'cross_site_request']);
      }
    }
    expect(written()).toEqual(before);
  });

  test.each([{ Origin: ORIGIN }, { 'Sec-Fetch-Site': 'same-origin' }, { 'Sec-Fetch-Site': 'none' }, {}])(
    'what no other site can send: %j',
    async (headers) => {
      const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const response = await forum.send('POST', '/preview', ada, { ...type, ...headers }, 'body=**b**');
      expect(await response.json()).toEqual({ html: '<p><strong>b</strong></p>\n' });
    },
  );
});

describe('nobody is signed in', () => {
  test('every write is refused, and nothing is done', async () => {
    const before = written();
    for (const [path, fields] of writes()) {
      const response = await forum.post(path, fields, undefined);
      expect([path, response.status, response.headers.has('WWW-Authenticate')]).toEqual([path, 401, true]);
    }
    expect(written()).toEqual(before);
  });

  test('nobody can be recognised: 503, and it says when to come again', async () => {
    forum.accountsUnavailable = true;
    try {
      for (const [path, fields] of writes()) {
        const response = await forum.post(path, fields, ada);
        expect([path, response.status, response.headers.has('Retry-After')]).toEqual([path, 503, true]);
      }
      expect((await forum.get(`/questions/${question}`, ada)).status).toBe(301);
      expect((await forum.get('/', ada)).status).toBe(200);
    } finally {
      forum.accountsUnavailable = false;
    }
  });
});

describe('methods (RFC 9110 §15.5.6)', () => {
  test.each([
    ['DELETE', '/', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['PUT', '/questions', 'POST'],
    ['GET', '/questions/1/vote', undefined],
    ['PATCH', '/profile', 'GET, HEAD, POST'],
    ['GET', '/preview', 'POST'],
    ['POST', '/assets/icon.svg', undefined],
  ])('%s %s', async (method, path, allow) => {
    const response = await forum.send(method, path, ada, { ...JSON_ONLY, 'Sec-Fetch-Site': 'same-origin' });
    if (allow === undefined) {
      // The words after the id of a question may be any: it is sent on to the right ones. And there is no such asset.
      expect([301, 404]).toContain(response.status);
      return;
    }
    expect([response.status, await codeOf(response), response.headers.get('Allow')]).toEqual([
      405,
      'method_not_allowed',
      allow,
    ]);
  });

  test.each(['/', '/about', '/search?q=jwt', '/notifications/stream'])('HEAD %s', async (path) => {
    const response = await forum.send('HEAD', path, ada, {});
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('headers', () => {
  test.each([
    ['/', 200],
    ['/nothing', 404],
    ['/?slot=99', 400],
    ['/profile', 401],
    ['/health', 200],
    [ASSETS[0]!.path, 200],
  ])('of %s', async (path, status) => {
    const { headers, status: found } = await forum.get(path);
    expect(found).toBe(status);
    expect(headers.get('Content-Security-Policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        `form-action 'self' ${ISSUER}; frame-ancestors 'none'; base-uri 'none'`,
    );
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('X-Frame-Options')).toBe('DENY');
    expect(headers.get('Referrer-Policy')).toBe('same-origin');
    expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin');
    expect(headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin');
    // Only over HTTPS (RFC 6797 §7.2).
    expect(headers.has('Strict-Transport-Security')).toBe(false);
    expect(headers.has('Cache-Control')).toBe(true);
  });

  test('over HTTPS, browsers keep to it', async () => {
    using secure = new SmallForum({ origin: 'https://sawal.example' });
    expect((await secure.get('/')).headers.get('Strict-Transport-Security')).toBe(
      'max-age=63072000; includeSubDomains',
    );
  });

  test('what shows who is signed in is stored nowhere', async () => {
    for (const path of ['/', '/profile', '/notifications', '/nothing', `/users/${ada.id}`]) {
      expect([path, (await forum.get(path, ada)).headers.get('Cache-Control')]).toEqual([path, 'no-store']);
    }
    const { headers } = await forum.get('/');
    expect([headers.get('Cache-Control'), headers.get('Vary')]).toEqual(['private, no-cache', 'Cookie']);
  });

  test('assets are kept for ever, and asked for by their content', async () => {
    for (const { path, etag } of ASSETS) {
      const { headers, status } = await forum.get(path);
      expect([status, headers.get('ETag')]).toEqual([200, etag]);
      expect(headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable');
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`]) {
        expect((await forum.get(path, undefined, { 'If-None-Match': known })).status).toBe(304);
      }
      expect((await forum.get(path, undefined, { 'If-None-Match': '"x"' })).status).toBe(200);
    }
  });
});
