import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { ROUTES } from '@latchkey/protocol';
import type { MailFacts } from '../../src/domain/mail/messages.ts';
import { listAuditEvents } from '../../src/storage/audit-events.ts';
import { deliverMail, type MailTransport } from '../../src/operations/deliver-mail.ts';
import { signUp } from '../../src/operations/sign-up.ts';
import { PASSWORD, startTestServer, createTestContext, TestClock, type TestServer } from '../support/test-server.ts';

const ISSUER = 'https://id.example.com';
const CALLER = { network: null, userAgent: null };
const HOUR_MS = 3_600_000;

interface MailServer extends AsyncDisposable {
  readonly url: string;
  /** The next mail that arrives, parsed by somebody else's parser, with the envelope's recipients. */
  next(): Promise<{ readonly email: Email; readonly recipients: readonly string[] }>;
  readonly received: () => number;
}

async function startMailServer(): Promise<MailServer> {
  const mails: { email: Email; recipients: string[] }[] = [];
  const waiting: ((mail: { email: Email; recipients: string[] }) => void)[] = [];
  let received = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, callback) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        const email = await PostalMime.parse(Buffer.concat(chunks));
        const mail = { email, recipients: session.envelope.rcptTo.map(({ address }) => address) };
        received += 1;
        const next = waiting.shift();
        if (next === undefined) mails.push(mail);
        else next(mail);
        callback();
      })();
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    received: () => received,
    next: async () => {
      const mail = mails.shift();
      return mail ?? new Promise((resolve) => waiting.push(resolve));
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(resolve)),
  };
}

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

test('a mail goes to the mail server after the commit, in text and HTML, and leaves the outbox', async () => {
  await using smtp = await startMailServer();
  server = await startTestServer({
    settings: { LATCHKEY_MODE: 'production', LATCHKEY_ISSUER: ISSUER, LATCHKEY_SMTP_URL: smtp.url },
  });
  const json = { email: 'New.User@example.com', password: PASSWORD };
  // A forged Host must not choose where the link leads.
  const answer = await server.request(ROUTES.signUp, { json, headers: { 'X-Forwarded-Host': 'evil.example' } });
  expect(answer.status).toBe(202);

  const { email, recipients } = await smtp.next();
  expect(recipients).toEqual(['New.User@example.com']);
  expect(email.from).toMatchObject({ name: 'Latchkey', address: 'no-reply@id.example.com' });
  expect(email.subject).toBe('Confirm your e-mail address');
  expect(email.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated');
  const link = email.text?.match(/https?:\/\/\S+/)?.[0] ?? '';
  expect(link).toMatch(/^https:\/\/id\.example\.com\/verify-email\?token=lko_[\w-]{43}$/);
  expect(email.html).toContain(`href="${link.replace('&', '&amp;')}"`);

  const token = new URL(link).searchParams.get('token');
  expect((await server.request(ROUTES.confirmEmail, { json: { token } })).status).toBe(200);
  await expect.poll(async () => (await server?.tableCounts())?.['mail_outbox']).toBe(0);
  expect(smtp.received()).toBe(1);
});

test('goes in the words of the operator, and to odd addresses as they are', async () => {
  await using smtp = await startMailServer();
  const subject = 'Adresse bestätigen: häufig, „Zitat“ <x@example.com>, =?utf-8?q?Bcc?=';
  server = await startTestServer({
    settings: {
      LATCHKEY_MODE: 'production',
      LATCHKEY_ISSUER: ISSUER,
      LATCHKEY_SMTP_URL: smtp.url,
      LATCHKEY_MAIL_TEMPLATES: {
        verify_email: ({ url = '' }: MailFacts) => ({ subject, text: `.\r\n.\r\n${url}`, html: `<p>ü ${url}</p>` }),
      },
    },
  });
  const address = "!#$%&'*+/=?^_`{|}~-@example.com";
  expect((await server.request(ROUTES.signUp, { json: { email: address, password: PASSWORD } })).status).toBe(202);
  const { email, recipients } = await smtp.next();
  expect(recipients).toEqual([address]);
  expect(email.to).toMatchObject([{ address }]);
  expect(email.subject).toBe(subject);
  expect(email.text).toMatch(/^\.\n\.\nhttps:\/\/id\.example\.com\/verify-email\?token=lko_/);
  expect(email.html).toContain('<p>ü https://id.example.com/');
  expect(email.cc).toBeUndefined();
  expect(email.bcc).toBeUndefined();
});

/** A transport that refuses the first mails. */
function unreliable(refusals: number): MailTransport & { readonly sent: string[] } {
  const sent: string[] = [];
  let left = refusals;
  return {
    sent,
    send: async (mail) => {
      left -= 1;
      if (left >= 0) throw new Error('not now');
      sent.push(mail.to);
    },
  };
}

test('a mail that is refused waits longer each time, and is sent once', async () => {
  const clock = new TestClock();
  await using context = await createTestContext(clock);
  await signUp(context.operations, { email: 'a@example.com', password: PASSWORD }, CALLER);
  const transport = unreliable(2);

  expect(await deliverMail(context.operations, transport)).toMatchObject({ kind: 'failed' });
  expect(await deliverMail(context.operations, transport)).toEqual({ kind: 'nothing_due' });
  clock.advance(60_000);
  expect(await deliverMail(context.operations, transport)).toMatchObject({ kind: 'failed' });
  clock.advance(60_000);
  expect(await deliverMail(context.operations, transport)).toEqual({ kind: 'nothing_due' });
  clock.advance(60_000);
  expect(await deliverMail(context.operations, transport)).toEqual({ kind: 'sent' });
  clock.advance(24 * HOUR_MS);
  expect(await deliverMail(context.operations, transport)).toEqual({ kind: 'nothing_due' });
  expect(transport.sent).toEqual(['a@example.com']);
});

test('a mail that is refused for days is given up, and the audit log says so', async () => {
  const clock = new TestClock();
  await using context = await createTestContext(clock);
  await signUp(context.operations, { email: 'a@example.com', password: PASSWORD }, CALLER);
  const transport = unreliable(Number.POSITIVE_INFINITY);

  const outcomes: string[] = [];
  for (let attempt = 0; attempt < 40 && outcomes.at(-1) !== 'given_up'; attempt += 1) {
    outcomes.push((await deliverMail(context.operations, transport)).kind);
    clock.advance(6 * HOUR_MS);
  }
  expect(outcomes.at(-1)).toBe('given_up');
  expect(outcomes.length).toBeGreaterThan(5);
  const [newest] = await listAuditEvents(context.operations.store.queries, 1);
  expect(newest).toMatchObject({ type: 'mail.given_up', outcome: 'failure' });
  expect(await deliverMail(context.operations, transport)).toEqual({ kind: 'nothing_due' });
});
