import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveMasterKeys } from '../../src/domain/secrets/master-keys.ts';
import { Secret } from '../../src/domain/secrets/secret.ts';
import { encodeCredential } from '../../src/domain/sessions/credential.ts';
import { anyText } from '../support/arbitrary-text.ts';
import { COOKIE, openTrial, SECRET, sent } from './trial.ts';

const alice = { subject: 'alice', remember: true } as const;

describe('a cookie that is no cookie of ours', () => {
  const value = (cookie: string) => cookie.slice(cookie.indexOf('=') + 1);

  test.each<[string, (cookie: string) => string | null | undefined]>([
    ['none', () => null],
    ['no header', () => undefined],
    ['an empty header', () => ''],
    ['an empty value', () => `${COOKIE}=`],
    ['no value', () => COOKIE],
    ['another name', (cookie) => `sawal=${value(cookie)}`],
    ['the name in small letters', (cookie) => cookie.replace('__Host-', '__host-')],
    ['the cookie of a slot', (cookie) => `${COOKIE}.0=${value(cookie)}`],
    ['twice, the same', (cookie) => `${cookie}; ${cookie}`],
    ['twice, with a planted one', (cookie) => `${COOKIE}=x; ${cookie}`],
    ['in quotes', (cookie) => `${COOKIE}="${value(cookie)}"`],
    ['cut short', (cookie) => cookie.slice(0, -1)],
    ['made longer', (cookie) => `${cookie}A`],
    ['percent-encoded', (cookie) => cookie.replace('lks_', 'lks%5F')],
    ["a refresh token's prefix", (cookie) => cookie.replace('lks_', 'lkr_')],
    ['only the prefix', () => `${COOKIE}=lks_`],
    ['very long', () => `${COOKIE}=${'lks_'.repeat(100_000)}`],
    ['control characters', () => `${COOKIE}=\u0000\r\nSet-Cookie: a=b`],
  ])('%s: nobody, and nothing changes', async (_name, change) => {
    const { sessions, store, thefts } = openTrial();
    const { session, setCookie } = await sessions.begin(alice);
    const cookie = change(sent(setCookie));
    const check = await sessions.check({ cookie });
    expect([check.session, check.setCookie()]).toEqual([undefined, undefined]);
    expect((await sessions.slots(cookie)).filter(({ slot }) => slot === undefined)).toEqual([]);
    expect(await store.find(session.id)).toMatchObject({ generation: 0, confirmed: false });
    expect(thefts).toEqual([]);
  });

  test('any text at all', async () => {
    const { sessions } = openTrial();
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        expect((await sessions.check({ cookie: text })).session).toBeUndefined();
        expect((await sessions.check({ cookie: `${COOKIE}=${text}` })).session).toBeUndefined();
      }),
    );
  });
});

describe('a cookie that somebody else made for the session', () => {
  test.each([
    ['with another secret', { secret: 'another secret of thirty-two bytes or more' }],
    ['with the same secret, for another cookie', { cookieName: 'other' }],
  ])('%s, is nobody, and ends nothing', async (_name, changes) => {
    const { sessions, store, thefts } = openTrial();
    const { session, setCookie } = await sessions.begin(alice);
    const forger = openTrial(changes);
    const row = { ...session, generation: 3 };
    await store.change(session.id, () => ({ next: row, result: undefined }));
    for (const generation of [0, 2, 3, 4]) {
      const forged = forger.cookie(row, generation).replace(/^[^=]*/, COOKIE);
      expect(forged).toHaveLength(sent(setCookie).length);
      expect((await sessions.check({ cookie: forged })).session).toBeUndefined();
    }
    expect(await store.find(session.id)).toMatchObject({ generation: 3 });
    expect(thefts).toEqual([]);
  });

  test('with the secret of Latchkey, is nobody, though both were given the same text', async () => {
    const { sessions, cookie } = openTrial();
    const { session } = await sessions.begin(alice);
    const { sessionMac } = deriveMasterKeys(new Secret<'master'>(SECRET));
    const foreign = encodeCredential({ ...session, carrier: 'cookie' }, sessionMac);
    expect((await sessions.check({ cookie: `${COOKIE}=${foreign}` })).session).toBeUndefined();
    expect((await sessions.check({ cookie: cookie(session) })).session?.id).toBe(session.id);
  });

  test('from a copy of the database, is nobody: a row opens nothing', async () => {
    const { sessions, another, cookie } = openTrial();
    const { session } = await sessions.begin(alice);
    const restarted = another();
    expect((await restarted.check({ cookie: cookie(session) })).session?.id).toBe(session.id);
    const salted = cookie({ ...session, salt: Buffer.alloc(16) });
    expect((await restarted.check({ cookie: salted })).session).toBeUndefined();
  });
});
