import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
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
interface Connection {
  readonly _socket: Socket;
}
const received: Received[] = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onRcptTo: ({ address }, _session, done) => {
    const responseCode = /^says-(\d+)@/.exec(address)?.[1];
    done(responseCode === undefined ? null : Object.assign(new Error('No'), { responseCode: Number(responseCode) }));
  },
  onData: (stream, { envelope }, done) => {
    void text(stream).then((raw) => {
      received.push({ recipients: envelope.rcptTo.map(({ address }) => address), raw });
      if (envelope.rcptTo[0]?.address !== 'vanishes@example.org') done();
      else for (const { _socket: socket } of server.connections as Set<Connection>) socket.destroy();
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
  expect(await mailer.send({ ...mail, to: "o'brien+forum@example.org" })).toBe('sent');
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
  expect(await mailer.send({ ...mail, to })).toBe('refused');
  expect(received).toHaveLength(1);
});

test.each([
  [450, 'later'],
  [550, 'refused'],
])('a server that says %i to an address: %s (RFC 5321 §4.2.1)', async (code, sending) => {
  expect(await mailer.send({ ...mail, to: `says-${code}@example.org` })).toBe(sending);
});

test('a connection that ends before the answer: nobody knows, and it is not sent again', async () => {
  const before = received.length;
  await expect(mailer.send({ ...mail, to: 'vanishes@example.org' })).rejects.toThrow();
  expect(received.length - before).toBe(1);
});
