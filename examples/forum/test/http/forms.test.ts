/** What people write is never lost, stays in its slot, and is shown as they wrote it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockQuestion } from '../../src/operations/index.ts';
import { ada, cookie, grace, mod, SmallForum } from '../support/small-forum.ts';

let forum: SmallForum;
beforeEach(() => {
  forum = new SmallForum();
});
afterEach(() => forum[Symbol.dispose]());

const HOSTILE = 'Is "<script>alert(1)</script>" & \'this\' shown?';
const SHOWN = 'Is &quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot; &amp; &#39;this&#39; shown?';
const question = { title: HOSTILE, body: `\n</textarea>${HOSTILE}`, tags: 'jwt <b>' };

const locationOf = (response: Response) => [response.status, response.headers.get('Location')];

/** A name, a value, and where they are in the form. */
function expectFilled(page: string, name: string, markup: string): void {
  expect(page).toContain(`name="${name}"`);
  expect(page).toContain(markup);
}

describe('a form comes back as it was filled in', () => {
  test('a stranger asks: signs in in another tab, and posts again', async () => {
    const response = await forum.post('/questions', question);
    const page = await response.text();
    expect(response.status).toBe(401);
    expectFilled(page, 'title', `value="${SHOWN}"`);
    expectFilled(page, 'tags', 'value="jwt &lt;b&gt;"');
    // The first line break after the tag is the browser's to drop: the text's own comes after it.
    expectFilled(page, 'body', `>\n\n&lt;/textarea&gt;${SHOWN}</textarea>`);
    expect(page).toMatch(/href="\/sign-in\?next=[^"]*slot=" target="_blank"/);
    expect(page).not.toContain('<script>alert');
  });

  test('what is wrong is said at the field', async () => {
    const response = await forum.post('/questions', { title: 'Short', body: 'x', tags: 'a,b c/d' }, ada);
    const page = await response.text();
    expect(response.status).toBe(422);
    expect(page).toMatch(/<input[^>]* id="title"[^>]* aria-invalid="true" aria-describedby="title-hint title-error"/);
    expect(page).toMatch(/<input[^>]* id="tags"[^>]* aria-invalid="true" aria-describedby="tags-hint tags-error"/);
    expect(page).not.toMatch(/<textarea[^>]* aria-invalid/);
    expect(page).toContain('<li><a href="#title">');
    expect(page).toMatch(/<title>Error: /);
  });

  test('a look at it first, without a script', async () => {
    const response = await forum.post('/questions', { ...question, preview: 'yes' }, ada);
    const page = await response.text();
    expect(response.status).toBe(200);
    expectFilled(page, 'title', `value="${SHOWN}"`);
    expect(page).toContain('<div class="prose"><p>&lt;/textarea&gt;Is');
    expect(await (await forum.get('/')).text()).not.toContain('Is &quot;');
  });

  test.each([
    ['answers', 'body', 403],
    ['comments', 'text', 403],
  ])('the question was locked meanwhile: %s', async (path, field, status) => {
    const id = forum.ask();
    expect(lockQuestion(forum.context, mod, { id, reason: 'Enough.' }).kind).toBe('done');
    const response = await forum.post(`/questions/${id}/${path}`, { [field]: HOSTILE }, grace);
    expect(response.status).toBe(status);
    expectFilled(await response.text(), field, `>\n${SHOWN}</textarea>`);
  });

  test('the question was deleted meanwhile', async () => {
    const response = await forum.post('/questions/77/answers', { body: HOSTILE }, grace);
    expect(response.status).toBe(404);
    expectFilled(await response.text(), 'body', `>\n${SHOWN}</textarea>`);
  });

  test('somebody else edited it meanwhile', async () => {
    const id = forum.ask();
    const fields = { title: 'Where is a JWT kept?', body: 'First.', tags: 'jwt', revision: '1' };
    expect(locationOf(await forum.post(`/questions/${id}/edit`, fields, ada))).toEqual([
      303,
      `/questions/${id}/where-is-a-jwt-kept`,
    ]);
    const response = await forum.post(`/questions/${id}/edit`, { ...fields, body: HOSTILE }, mod);
    expect(response.status).toBe(409);
    expectFilled(await response.text(), 'body', `>\n${SHOWN}</textarea>`);
  });

  test('too often', async () => {
    const statuses: number[] = [];
    let last: Response | undefined;
    for (let count = 0; count < 7; count += 1) {
      last = await forum.post('/questions', { ...question, title: `Question number ${count}?`, tags: 'jwt' }, ada);
      statuses.push(last.status);
    }
    expect(statuses).toEqual([303, 303, 303, 303, 303, 303, 429]);
    expect(Number(last?.headers.get('Retry-After'))).toBeGreaterThan(0);
    expectFilled(await last!.text(), 'title', 'value="Question number 6?"');
  });

  test('nobody can be recognised just now', async () => {
    forum.accountsUnavailable = true;
    const response = await forum.post('/questions', question, ada);
    expect(response.status).toBe(503);
    expectFilled(await response.text(), 'title', `value="${SHOWN}"`);
  });

  test("a moderator's reason is missing", async () => {
    const id = forum.ask();
    const response = await forum.post(`/questions/${id}/lock`, { reason: ' ' }, mod);
    expect(response.status).toBe(422);
    expect(await response.text()).toContain('id="reason-error"');
  });

  test('the profile', async () => {
    const values = { title: 'T'.repeat(61), about: HOSTILE, digest: 'yes' };
    const response = await forum.post('/profile', values, ada);
    const page = await response.text();
    expect(response.status).toBe(422);
    expectFilled(page, 'title', `value="${values.title}"`);
    expectFilled(page, 'digest', 'value="yes" checked');
    expectFilled(page, 'about', `>\n${SHOWN}</textarea>`);
  });
});

describe('what is posted', () => {
  test('leads to itself, and each part to its place', async () => {
    const asked = await forum.post(
      '/questions',
      { title: 'Where is a JWT stored?', body: 'b', tags: 'JWT, cookies' },
      ada,
    );
    expect(locationOf(asked)).toEqual([303, '/questions/1/where-is-a-jwt-stored']);
    const answered = await forum.post('/questions/1/answers', { body: 'Here.' }, grace);
    const [, answer] = locationOf(answered);
    expect(answer).toMatch(/^\/answers\/\d+$/);
    const id = String(answer).split('/')[2];
    const at = '/questions/1/where-is-a-jwt-stored?sort=oldest';
    expect(locationOf(await forum.get(String(answer)))).toEqual([303, `${at}#answer-${id}`]);
    const commented = await forum.post(`/answers/${id}/comments`, { text: 'Where?' }, ada);
    const [, comment] = locationOf(commented);
    const [, found] = locationOf(await forum.get(String(comment)));
    expect(found).toBe(`${at}#comment-${String(comment).split('=')[1]}`);
    const page = await (await forum.get(at)).text();
    expect(page).toContain(`id="answer-${id}"`);
    expect(page).toContain(`id="${String(found).split('#')[1]}"`);
    expect(page).toContain('1 answer available');
  });

  test('the words in the address of a question are put right', async () => {
    forum.ask(ada, 'Où est le jeton, s’il vous plaît?');
    for (const path of ['/questions/1', '/questions/1/other-words']) {
      expect([path, (await forum.get(path)).headers.get('Location')]).toEqual([
        path,
        '/questions/1/ou-est-le-jeton-s-il-vous-plait',
      ]);
    }
    forum.ask(ada, 'سوال: कहाँ है यह टोकन?');
    const [status, location] = locationOf(await forum.get('/questions/2?sort=oldest'));
    expect([status, location]).toEqual([301, expect.stringMatching(/^\/questions\/2\/[\w%-]+\?sort=oldest$/)]);
    expect((await forum.get(String(location))).status).toBe(200);
  });

  test('a vote answers the script with numbers, and people with the page', async () => {
    const id = forum.ask();
    const asJson = { Accept: 'application/json' };
    const voted = await forum.post(`/questions/${id}/vote`, { value: '1' }, grace, asJson);
    expect(await voted.json()).toEqual({ score: 1, viewerVote: 1 });
    expect(locationOf(await forum.post(`/questions/${id}/vote`, { value: '0' }, grace))).toEqual([
      303,
      `/questions/${id}/where-is-a-jwt-stored`,
    ]);
    const own = await forum.post(`/questions/${id}/vote`, { value: '1' }, ada, asJson);
    expect([own.status, await own.json()]).toEqual([403, expect.objectContaining({ code: 'own_post' })]);
  });

  test('hostile text is text on every page that shows it', async () => {
    const id = forum.ask(grace, HOSTILE);
    forum.answer(id, ada, HOSTILE);
    await forum.post('/profile', { title: '<b>"Chief"</b>', about: HOSTILE }, grace);
    const pages = [
      '/',
      '/tags/jwt',
      `/questions/${id}`,
      `/questions/${id}/history`,
      `/users/${grace.id}`,
      '/search?q=alert',
    ];
    for (const path of pages) {
      const response = await forum.get(path, grace);
      const page = response.status === 301 ? await forum.get(response.headers.get('Location')!, grace) : response;
      const text = await page.text();
      expect(text).toContain('alert');
      expect(text.replace(/<script src="\/assets\/enhance\.[0-9a-f]{16}\.js" defer><\/script>/, '')).not.toMatch(
        /<script|<b>/i,
      );
    }
  });
});

describe('a slot is kept', () => {
  const inSlot = async (path: string) =>
    (await forum.get(path, undefined, { Cookie: `${cookie(ada)}; ${cookie(grace, 3)}` })).text();

  /** All that a page leads to on this origin, but for its assets. */
  function leads(page: string): string[] {
    const tags = page.match(/<(?:a|form|button|link)\s[^>]*>/g) ?? [];
    const found = tags.flatMap((tag) =>
      [...tag.matchAll(/\s(?:href|action|formaction|data-live|data-preview)="(\/[^"]*)"/g)].map(([, to]) => to!),
    );
    return found.filter((to) => !to.startsWith('/assets/'));
  }

  test('in every link and form of every page', async () => {
    const id = forum.ask(ada);
    for (let count = 0; count < 25; count += 1) {
      forum.now += 600_000;
      forum.ask([ada, grace, mod][count % 3], `Question number ${count}?`);
    }
    forum.answer(id, grace);
    const pages = [
      '/',
      '/?sort=votes',
      `/questions/${id}/where-is-a-jwt-stored`,
      '/questions/ask',
      '/profile',
      '/notifications',
      '/tags',
      '/search?q=jwt',
      `/users/${ada.id}`,
      '/about',
      '/nothing',
      '/moderation',
    ];
    for (const path of pages) {
      const page = await inSlot(`${path}${path.includes('?') ? '&' : '?'}slot=3`);
      expect(page).toContain('Grace Example');
      const own = leads(page.replace(/<link rel="canonical"[^>]*>/, '')).filter(
        (to) => !/(?:\?|&amp;)slot=3(?:#|$)/.test(to),
      );
      // The others in the menu: the first account, and one more.
      expect([path, ...own.toSorted()]).toEqual([path, '/?slot=', '/sign-in?slot=new']);
    }
  });

  test('without one, the page is for the first account', async () => {
    const page = await inSlot('/profile');
    expect(page).toContain('You write as <strong>Ada Example</strong>');
    expect(leads(page).filter((to) => to.includes('slot='))).toEqual(['/?slot=', '/?slot=3', '/sign-in?slot=new']);
  });

  test('in redirects, of forms too', async () => {
    const id = forum.ask();
    const headers = { Cookie: cookie(grace, 2) };
    const moved = await forum.get(`/questions/${id}?slot=2`, undefined, headers);
    expect(moved.headers.get('Location')).toBe(`/questions/${id}/where-is-a-jwt-stored?slot=2`);
    const answered = await forum.post(`/questions/${id}/answers?slot=2`, { body: 'b' }, undefined, headers);
    expect(answered.headers.get('Location')).toMatch(/^\/answers\/\d+\?slot=2$/);
    const found = await forum.get(answered.headers.get('Location')!, undefined, headers);
    expect(found.headers.get('Location')).toMatch(/\?sort=oldest&slot=2#answer-\d+$/);
  });

  test('what people wrote about addresses stays as it is', async () => {
    const id = forum.ask();
    forum.answer(id, grace, '```html\n<a href="/x">x</a>\n```\n\nhref="/y" and [z](https://example.com/z)');
    const page = await inSlot(`/questions/${id}/where-is-a-jwt-stored?slot=3`);
    expect(page).toMatch(/href=(?:"|&quot;)\/x(?:"|&quot;)/);
    expect(page).toMatch(/href=(?:"|&quot;)\/y(?:"|&quot;)/);
    expect(page).toContain('href="https://example.com/z"');
  });
});

describe('pages of a list', () => {
  test('older and newer ones, in the page and in its head', async () => {
    for (let count = 0; count < 45; count += 1) {
      forum.now += 1000;
      forum.ask([ada, grace, mod][count % 3], `Question number ${count}?`);
      forum.now += 600_000;
    }
    const seen: string[] = [];
    let path: string | undefined = '/?sort=newest';
    let last = '';
    while (path !== undefined) {
      const page: string = await (await forum.get(path)).text();
      seen.push(...[...page.matchAll(/>Question number (\d+)\?</g)].map(([, number]) => number!));
      const older: string | undefined = /<a class="button pager-older" rel="next" href="([^"]*)"/.exec(page)?.[1];
      expect(/<link rel="next" href="([^"]*)"/.exec(page)?.[1]).toBe(older);
      last = page;
      path = older?.replaceAll('&amp;', '&');
    }
    expect(seen).toEqual(Array.from({ length: 45 }, (_, index) => String(44 - index)));
    const newer = /<a class="button pager-newer" rel="prev" href="([^"]*)"/.exec(last)?.[1]?.replaceAll('&amp;', '&');
    const back = await (await forum.get(newer!)).text();
    expect([...back.matchAll(/>Question number (\d+)\?</g)].map(([, number]) => number)).toEqual(seen.slice(20, 40));
  });
});
