import { setTimeout as sleep } from 'node:timers/promises';
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newOneTimeToken } from '../../src/domain/one-time-tokens/token.ts';
import { offerFirstAdministrator } from '../../src/operations/create-first-administrator.ts';
import { PASSWORD, problemOf, startTestServer, tokenIn, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const signUp = (email: string, more: object = {}) =>
  server.request(ROUTES.signUp, { json: { email, password: PASSWORD, ...more } });
const confirm = (token: string) => server.request(ROUTES.confirmEmail, { json: { token } });
const resend = (email: string) => server.request(ROUTES.emailVerification, { json: { email } });
const signIn = (email: string, password = PASSWORD) => server.request(ROUTES.signIn, { json: { email, password } });

/** Status, headers and body: all that a caller can see of an answer. */
async function visible(response: Response) {
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}

describe('sign-up', () => {
  test('answers alike for a new, a waiting and a known address; only the mail tells', async () => {
    await server.signUpAndVerify('known@example.com');
    await signUp('waiting@example.com');
    const answers = await Promise.all(
      ['new@example.com', 'waiting@example.com', 'known@example.com'].map(async (email) =>
        visible(await signUp(email)),
      ),
    );
    expect(answers[0]).toMatchObject({ status: 202, body: '{"status":"accepted"}' });
    expect(new Headers(answers[0]!.headers).get('Cache-Control')).toBe('no-store');
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);

    expect((await server.mailTo('new@example.com')).links[0]).toContain('/verify-email?token=lko_');
    expect((await server.mailTo('waiting@example.com')).links[0]).toContain('/verify-email?token=lko_');
    expect((await server.mailTo('known@example.com')).links).toEqual([`${server.issuer}/sign-in`]);
  });

  test('leaves a verified account as it was: neither its password nor its name', async () => {
    await server.signUpAndVerify('mine@example.com');
    await signUp('MINE@example.com', { password: 'a password of somebody else', name: 'Somebody else' });
    expect(await problemOf(await signIn('mine@example.com', 'a password of somebody else'))).toBe(
      '403 email_not_verified',
    );
    const signedIn = await signIn('mine@example.com');
    expect(((await signedIn.json()) as { user: object }).user).toMatchObject({ email: 'mine@example.com', name: null });
  });

  test('one registration for an address, however it is written, and no account', async () => {
    const before = await server.tableCounts();
    for (const email of ['one@example.com', ' one@example.com ', 'ONE@EXAMPLE.COM', 'one@ｅxample.com']) {
      expect((await signUp(email)).status).toBe(202);
    }
    const after = await server.tableCounts();
    expect(after['registrations']).toBe(before['registrations']! + 1);
    expect(after['users']).toBe(before['users']);
  });

  test('is audited, with nothing of the password', async () => {
    await signUp('audited@example.com');
    const [first] = await server.auditEvents(1);
    expect(first).toMatchObject({ type: 'user.signed_up', outcome: 'success', actor: null });
    await signUp('audited@example.com');
    const [second] = await server.auditEvents(1);
    expect(second).toMatchObject({ type: 'user.sign_up_repeated', actor: null, target: null });
  });

  test.each([
    ['no address', { email: 'no address' }, '400 invalid_request', '/email'],
    ['a password of 7 characters', { password: '7 chars' }, '400 password_not_allowed', '/password'],
    ['a password of 1,025 characters', { password: 'x'.repeat(1025) }, '400 password_not_allowed', '/password'],
  ])('refuses %s', async (_name, change, problem, pointer) => {
    const before = await server.tableCounts();
    const response = await signUp('refused@example.com', change);
    const { errors } = (await response.clone().json()) as { errors: { pointer: string }[] };
    expect(await problemOf(response)).toBe(problem);
    expect(errors.map((error) => error.pointer)).toEqual([pointer]);
    expect(await server.tableCounts()).toEqual(before);
  });

  test('takes any Unicode as a password, and tells passwords apart behind a NUL', async () => {
    const password = '\u0000🔑 пароль\u0007\n';
    await server.signUpAndVerify('unicode@example.com', password);
    expect((await signIn('unicode@example.com', password)).status).toBe(200);
    expect((await signIn('unicode@example.com', '\u0000another one')).status).toBe(401);
    expect((await signIn('unicode@example.com', password.trim())).status).toBe(401);
  });

  test('the same password typed on another keyboard signs in (NFC)', async () => {
    await server.signUpAndVerify('nfc@example.com', 'Cafe\u0301 au lait');
    expect((await signIn('nfc@example.com', 'Caf\u00e9 au lait')).status).toBe(200);
  });

  test('a Host header does not choose where the link leads', async () => {
    const json = { email: 'host@example.com', password: PASSWORD };
    const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' };
    expect((await server.request(ROUTES.signUp, { json, headers })).status).toBe(202);
    const mail = await server.mailTo('host@example.com');
    expect(new URL(mail.links[0]!).origin).toBe(server.issuer);
    expect(mail.text + mail.html).not.toContain('evil.example');
  });
});

describe('e-mail verification', () => {
  test('confirms once, and removes the token', async () => {
    await signUp('once@example.com');
    const token = tokenIn(await server.mailTo('once@example.com'));
    const before = await server.tableCounts();
    const response = await confirm(token);
    expect(await visible(response)).toMatchObject({
      status: 200,
      body: '{"status":"confirmed","passwordResetToken":null}',
    });
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const after = await server.tableCounts();
    expect(after['registrations']).toBe(before['registrations']! - 1);
    expect(after['users']).toBe(before['users']! + 1);
    expect(await server.auditEvents(1)).toMatchObject([{ type: 'user.email_verified', outcome: 'success' }]);

    expect(await problemOf(await confirm(token))).toBe('400 invalid_token');
    expect(await server.auditEvents(1)).toMatchObject([{ type: 'user.email_verified', outcome: 'failure' }]);
  });

  test('the newest link only', async () => {
    await signUp('newest@example.com');
    const first = tokenIn(await server.mailTo('newest@example.com'));
    // Mails are told apart by the millisecond.
    await sleep(2);
    expect((await resend('newest@example.com')).status).toBe(202);
    const second = tokenIn(await server.mailTo('newest@example.com'));
    expect(second).not.toBe(first);
    expect(await problemOf(await confirm(first))).toBe('400 invalid_token');
    expect((await confirm(second)).status).toBe(200);
  });

  test('answers alike for unknown, waiting and confirmed addresses, and mails the waiting one alone', async () => {
    await signUp('waits@example.com');
    await server.signUpAndVerify('confirmed@example.com');
    await sleep(2);
    const old = await server.mailTo('waits@example.com');
    const before = await server.tableCounts();
    const answers = await Promise.all(
      ['nobody@example.com', 'waits@example.com', 'confirmed@example.com'].map(async (email) =>
        visible(await resend(email)),
      ),
    );
    expect(answers[0]).toMatchObject({ status: 202, body: '{"status":"accepted"}' });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    // The older mail, whose link has died, is gone.
    expect(await server.tableCounts()).toEqual({ ...before, audit_events: before['audit_events']! + 3 });
    expect(tokenIn(await server.mailTo('waits@example.com'))).not.toBe(tokenIn(old));
  });

  test.each(['', 'lko_', 'x'.repeat(256)])('refuses %j, which never was a token', async (token) => {
    const before = await server.tableCounts();
    expect(await problemOf(await confirm(token))).toMatch(/^400 (?:invalid_token|invalid_request)$/);
    expect(await server.tableCounts()).toEqual(before);
  });

  test('a token that was never given out is audited as a failure, and changes nothing else', async () => {
    const before = await server.tableCounts();
    const token = newOneTimeToken((length) => new Uint8Array(length));
    expect(await problemOf(await confirm(token.reveal()))).toBe('400 invalid_token');
    expect(await server.tableCounts()).toEqual({ ...before, audit_events: before['audit_events']! + 1 });
  });

  test("another purpose's token confirms nothing, and is not used up by it", async () => {
    const administrator = await offerFirstAdministrator(server.operations);
    const before = await server.tableCounts();
    expect(await problemOf(await confirm(administrator!.reveal()))).toBe('400 invalid_token');
    expect((await server.tableCounts())['one_time_tokens']).toBe(before['one_time_tokens']);
  });

  test('the token is nowhere in the database as it is', async () => {
    await signUp('hashed@example.com');
    const token = tokenIn(await server.mailTo('hashed@example.com'));
    const rows = await server.operations.store.queries.selectFrom('registrations').selectAll().execute();
    const mails = await server.operations.store.queries.selectFrom('mail_outbox').selectAll().execute();
    const mailBytes = mails.map((mail) => Buffer.from(mail.content_sealed).toString('latin1')).join('\n');
    expect(JSON.stringify(rows) + mailBytes).not.toContain(token.slice(4));
  });
});
