import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBell } from '../operations/bell.ts';
import { readSettings } from '../settings.ts';
import { openDatabase } from '../storage/open-database.ts';
import { createMailer, type Mailer } from './mailer.ts';

interface Received {
  readonly recipients: readonly string[];
  readonly raw: string;
}
const received: Received[] = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData: (stream, { envelope }, done) => {
    void text(stream).then((raw) => {
      received.push({ recipients: envelope.rcptTo.map(({ address }) => address), raw });
      done();
    });
  },
});
const database = openDatabase(':memory:');
let mailer: Mailer;
beforeAll(async () => {
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const settings = readSettings({
    FORUM_SECRET: 'a secret of a test, which is more than 32 bytes long',
    FORUM_CLIENT_ID: 'cli_1',
    FORUM_CLIENT_SECRET: 'lkc_1',
    FORUM_SMTP_URL: `smtp://127.0.0.1:${port}`,
  });
  mailer = createMailer(settings, { database, clock: Date.now, bell: createBell() });
});
afterAll(async () => {
  mailer.close();
  database.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
});

const mail = {
  subject: 'New things',
  text: 'Bcc: nobody@example.org\n.\nQUIT',
  headers: { 'List-Unsubscribe': '<https://a.example>' },
};

test('sends to one address, with its headers, and text as text', async () => {
  await mailer.ready();
  await mailer.send({ ...mail, to: "o'brien+forum@example.org" });
  const [{ recipients, raw } = { recipients: [], raw: '' }] = received;
  expect(recipients).toEqual(["o'brien+forum@example.org"]);
  const parsed = await PostalMime.parse(raw);
  expect([parsed.subject, parsed.bcc]).toEqual(['New things', undefined]);
  expect(parsed.text?.trim()).toBe(mail.text);
  expect(parsed.headers.find(({ key }) => key === 'list-unsubscribe')?.value).toBe('<https://a.example>');
});

test.each([
  'a@example.org, b@example.org',
  'a@example.org\r\nBcc: b@example.org',
  '"a" <a@example.org>',
  'group: a@example.org;',
  'a@example.org b@example.org',
  'nobody',
  '',
])('never to %j (CWE-93)', async (to) => {
  await expect(mailer.send({ ...mail, to })).rejects.toThrow(TypeError);
  expect(received).toHaveLength(1);
});
