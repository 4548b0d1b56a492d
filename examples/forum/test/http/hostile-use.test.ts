/** What somebody who may use the forum could do to it, and to others who do. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { paces } from '../../src/domain/pace.ts';
import { editAnswer, editQuestion } from '../../src/operations/index.ts';
import { ada, grace, mod, SmallForum } from '../support/small-forum.ts';

let forum: SmallForum;
beforeEach(() => {
  forum = new SmallForum();
});
afterEach(() => forum[Symbol.dispose]());

const JSON_ONLY = { Accept: 'application/json' };

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

describe('addresses of a question', () => {
  test.each(['', '/', '/old-words', '/%0d%0aset-cookie:a=b', '/%E0%A4'])(
    'with %j lead on to the right one',
    async (rest) => {
      const id = forum.ask(ada, 'Where is a JWT stored?');
      const { headers, status } = await forum.get(`/questions/${id}${rest}?sort=oldest`);
      expect([status, headers.get('Location')]).toEqual([301, `/questions/${id}/where-is-a-jwt-stored?sort=oldest`]);
      expect(headers.has('Set-Cookie')).toBe(false);
    },
  );

  test('a title that comes back is reached: no browser keeps the way to the one between', async () => {
    const id = forum.ask(ada, 'Where is a JWT stored?');
    const old = await forum.get(`/questions/${id}`);
    // RFC 9110 §15.4.2: a 301 is kept for as long as one likes, where it says nothing.
    expect(old.headers.get('Cache-Control')).toBe('no-store');
    editQuestion(forum.context, ada, { id, title: 'Where should it be stored?', body: 'b', tags: ['jwt'] });
    expect((await forum.get(old.headers.get('Location')!)).headers.get('Cache-Control')).toBe('no-store');
  });

  test('the canonical one, which people share, names no account', async () => {
    const id = forum.ask(ada, 'Where is a JWT stored?');
    const page = await (await forum.get(`/questions/${id}/where-is-a-jwt-stored?slot=3`)).text();
    expect(page).toContain(`<link rel="canonical" href="/questions/${id}/where-is-a-jwt-stored">`);
    expect(page).toContain('href="/tags?slot=3"');
  });
});

describe('a page in a slot: what people wrote is as they wrote it', () => {
  test.each([
    '<a href="/questions">x</a>',
    '`<a href="/">`',
    '[x](https://x.y/?a="><a href="/sign-out")',
    '[x](https://x.y "a href=\'/\' href="/"")',
    '[x](/sign-out)',
    '> <form action="/sign-out">',
    '```html\n<form action="/x">\n```',
  ])('%j', async (body) => {
    const text = `${body}\n\nhref="/x" action="/y" <link rel="next" href="/z">`;
    const id = forum.ask(ada, 'Does a slot change what I wrote?');
    editQuestion(forum.context, ada, { id, title: 'Does a slot change what I wrote?', body: text, tags: ['html'] });
    const prose = async (slot: string) => {
      const page = await (await forum.get(`/questions/${id}/does-a-slot-change-what-i-wrote${slot}`)).text();
      return /<div class="prose">(.*?)<\/div>/s.exec(page)?.[1];
    };
    expect(await prose('')).toBeTruthy();
    expect(await prose('?slot=3')).toBe(await prose(''));
  });
});

describe('what costs the forum time', () => {
  test('a preview is no longer than a post, by a script and by a form', async () => {
    const body = 'a'.repeat(20_001);
    const asked = await forum.post('/preview', { body }, ada, JSON_ONLY);
    expect([asked.status, await asked.json()]).toMatchObject([422, { code: 'invalid_input' }]);
    const form = await forum.post('/questions', { title: 't', body, tags: '', preview: 'yes' }, ada);
    expect([form.status, (await form.text()).includes(body)]).toEqual([422, true]);
    const profile = await forum.post('/profile', { title: '', about: 'a'.repeat(2_001), preview: 'yes' }, ada);
    expect(profile.status).toBe(422);
  });

  test('previews have a pace, and what was typed comes back', async () => {
    for (let count = 0; count < paces.preview.acts; count += 1) {
      expect((await forum.post('/preview', { body: '*b*' }, ada, JSON_ONLY)).status).toBe(200);
    }
    const asked = await forum.post('/preview', { body: '*b*' }, ada, JSON_ONLY);
    expect([asked.status, await asked.json()]).toMatchObject([429, { code: 'too_fast' }]);
    expect(asked.headers.has('Retry-After')).toBe(true);
    const form = await forum.post('/questions', { title: 't', body: 'still here', tags: '', preview: 'yes' }, ada);
    expect([form.status, (await form.text()).includes('still here')]).toEqual([429, true]);
    expect((await forum.post('/preview', { body: '*b*' }, grace, JSON_ONLY)).status).toBe(200);
  });

  test('one word ten thousand times in six questions: a search takes no second', async () => {
    for (let count = 0; count < 6; count += 1) {
      const title = `Is this one of a kind, or ${count}?`;
      const id = forum.ask(ada, title);
      editQuestion(forum.context, ada, { id, title, body: 'zz '.repeat(6_600), tags: ['jwt'] });
    }
    const startedAt = process.cpuUsage();
    const page = await (await forum.get('/search?q=zz')).text();
    expect(cpuMs(startedAt)).toBeLessThan(800);
    expect(page).toContain('<mark>zz</mark>');
    expect(page.match(/<article /g)).toHaveLength(6);
  });

  test('a history of many large versions', async () => {
    const id = forum.answer(forum.ask(), mod, 'first');
    for (let version = 0; version < 55; version += 1) {
      forum.now += 3_600_000;
      const lines = Array.from({ length: 600 }, (_, line) => `${'x'.repeat(20)}${(line * (version + 3)) % 11}`);
      editAnswer(forum.context, mod, { id, body: lines.join('\n') });
    }
    const startedAt = process.cpuUsage();
    const page = await (await forum.get(`/answers/${id}/history`)).text();
    expect(cpuMs(startedAt)).toBeLessThan(1_000);
    expect(page.match(/<article /g)).toHaveLength(50);
  });
});
