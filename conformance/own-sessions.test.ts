/** The code of docs/sessions.md, "In a server of your own", used. */
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { serveOwnSessions } from './documents/code/own-sessions.ts';

test('a server of its own has a session that rotates, and ends', async () => {
  const database = new DatabaseSync(':memory:');
  const { app, sessions } = serveOwnSessions(database, 'x'.repeat(32));
  app.get('/', (c) => {
    c.header('Set-Cookie', 'other=1');
    return c.text(c.var.session?.subject ?? 'nobody');
  });
  app.get('/fails', () => {
    throw new Error('a handler fails');
  });
  app.onError((_error, c) => c.text('failed', 500));
  const ask = async (cookie?: string, path = '/') => {
    const answer = await app.request(path, { headers: { ...(cookie !== undefined && { Cookie: cookie }) } });
    const ours = answer.headers.getSetCookie().find((text) => text.startsWith('__Host-app='));
    return { text: await answer.text(), ours, caching: answer.headers.get('Cache-Control'), all: answer.headers };
  };
  const sent = (setCookie: string) => setCookie.slice(0, setCookie.indexOf(';'));

  expect(await ask()).toMatchObject({ text: 'nobody', ours: undefined, caching: null });
  const { session, setCookie } = await sessions.begin({ subject: 'alice', remember: true });
  const first = sent(setCookie);
  expect(await ask(first)).toMatchObject({ text: 'alice', ours: undefined, caching: null });

  database.exec('UPDATE sessions SET rotated_at = rotated_at - 600000');
  const rotated = await ask(first);
  expect(rotated).toMatchObject({ text: 'alice', caching: 'no-store' });
  expect(rotated.all.getSetCookie()).toEqual(['other=1', rotated.ours]);
  expect(sent(rotated.ours!)).not.toBe(first);
  // A second tab, and an answer that fails: both carry the same.
  expect(await ask(first)).toMatchObject({ ours: rotated.ours });
  expect(await ask(first, '/fails')).toMatchObject({ text: 'failed', ours: rotated.ours, caching: 'no-store' });

  expect(await sessions.end(session.id)).toBe(true);
  expect(await ask(sent(rotated.ours!))).toMatchObject({ text: 'nobody', ours: undefined });
});
