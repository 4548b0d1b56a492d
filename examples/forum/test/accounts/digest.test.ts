/** The weekly mail: once to each reader, however many processes send it, to an address that only Latchkey knows. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AccountDirectory } from '../../src/accounts/account-directory.ts';
import { ServiceClient } from '../../src/accounts/authorization-server.ts';
import { createSeals } from '../../src/accounts/sealed.ts';
import { sendDigests } from '../../src/jobs/digest.ts';
import { createMailer, type Mailer } from '../../src/jobs/mailer.ts';
import { digestsDue } from '../../src/operations/index.ts';
import { createBell } from '../../src/operations/bell.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { listKeptMails } from '../../src/storage/kept-mails.ts';
import { silent, startTwoServers, type Person, type TwoServers } from './two-servers.ts';

let servers: TwoServers;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  servers = await startTwoServers();
  [ada, bob] = [await servers.person('ada@example.org'), await servers.person('bob@example.org')];
  await Promise.all([ada.signIn(), bob.signIn()]);
});
afterAll(() => servers?.[Symbol.asyncDispose]());

/** As a process that sends digests has it. */
async function aSender() {
  const { settings } = servers;
  const database = openDatabase(settings.database);
  const context = { database, clock: () => Date.now() + 1000, bell: createBell() };
  const client = await ServiceClient.open(settings.issuer, settings.job!, Date.now);
  const directory = new AccountDirectory(settings.issuer, client);
  const mailer = createMailer(settings, context);
  const seals = createSeals(settings.secret);
  return { context, directory, mailer, seals, url: settings.url, log: silent };
}

async function somethingNewForAda(body = 'I would like to know it exactly.'): Promise<void> {
  const form = { title: 'Where is a JWT stored?', body, tags: 'jwt' };
  const asked = await ada.visit('/questions', { form });
  const [, id] = /\/questions\/(\d+)/.exec(asked.headers.get('Location') ?? '') ?? [];
  const answered = await bob.visit(`/questions/${id}/answers`, {
    form: { body: 'In an HttpOnly cookie, or nowhere.' },
  });
  expect(answered.status).toBe(303);
}

const wantMail = () => ada.visit('/profile', { form: { title: '', about: '', digest: 'yes' } });

test('of four senders at once one sends it, and not again; who wants no more gets no more', async () => {
  expect((await wantMail()).status).toBe(303);
  await somethingNewForAda();
  const senders = await Promise.all(Array.from({ length: 4 }, aSender));
  const since = Date.now() + 500;
  const sent = await Promise.all(senders.map((sender) => sendDigests(sender, since, () => false)));
  expect(sent.toSorted((one, other) => one - other)).toEqual([0, 0, 0, 1]);
  expect(await sendDigests(senders[0]!, since, () => false)).toBe(0);
  const { database } = senders[0]!.context;
  const [mail, ...others] = listKeptMails(database);
  expect([mail?.recipient, others]).toEqual(['ada@example.org', []]);
  expect(mail?.body).toContain('“Where is a JWT stored?”');

  // A link in it ends them; a look at it does not; a mail provider's post does (RFC 8058 §3.2), without a cookie.
  const [, link = ''] = /List-Unsubscribe: <http:\/\/localhost:4500(\S+)>/.exec(mail?.headers ?? '') ?? [];
  const wants = () => database.statement('SELECT id FROM authors WHERE digest = 1').all().length;
  expect([(await bob.visit(link)).status, wants()]).toEqual([200, 1]);
  expect((await bob.visit('/unsubscribe?token=AAAA', { form: {} })).status).toBe(400);
  const oneClick = new Request(new URL(link, 'http://localhost:4500'), {
    method: 'POST',
    body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
  });
  expect([(await servers.forum.fetch(oneClick)).status, wants()]).toEqual([200, 0]);
  for (const sender of senders) sender.context.database.close();
});

test('what the mail server does not take now is due again; what it refuses, or nobody knows of, is not', async () => {
  await wantMail();
  const sender = await aSender();
  let now = Date.now() + 5000;
  const context = { ...sender.context, clock: () => now };
  /** Something new, and a week that ends after it. */
  const weekLater = async (what: string) => {
    servers.advance(5000);
    await somethingNewForAda(what);
    now += 5000;
  };
  const sendBy = (send: Mailer['send']) =>
    sendDigests({ ...sender, context, mailer: { ...sender.mailer, send } }, now, () => false);
  const due = () => [...digestsDue(context, { since: now })].map(({ items }) => items.length);
  await weekLater('And what is in it?');
  expect([await sendBy(async () => 'later'), due()]).toEqual([0, [1]]);
  expect([await sendBy(async () => 'refused'), due()]).toEqual([0, []]);
  await weekLater('And how old may it become?');
  expect(due()).toEqual([1]);
  await expect(sendBy(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  expect(due()).toEqual([]);
  sender.context.database.close();
});

test('nothing is claimed while Latchkey does not answer', async () => {
  await wantMail();
  servers.advance(10_000);
  await somethingNewForAda('And where does it go from there?');
  const sender = await aSender();
  const since = Date.now() + 20_000;
  await servers.unlisten();
  await expect(sendDigests(sender, since, () => false)).rejects.toMatchObject({ name: 'LatchkeyUnavailable' });
  await servers.listen();
  const later = { ...sender, context: { ...sender.context, clock: () => since + 1000 } };
  expect(await sendDigests(later, since, () => false)).toBe(1);
  sender.context.database.close();
});

test('development shows the mails, and sends them by a button', async () => {
  expect((await ada.visit('/dev/mail', { form: {} })).headers.get('Location')).toBe('/dev/mail');
  expect(await (await ada.visit('/dev/mail')).text()).toContain('ada@example.org');
});
