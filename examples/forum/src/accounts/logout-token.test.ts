import { generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { describe, expect, test } from 'vitest';
import { readLogoutToken } from './logout-token.ts';

const NOW = 1_800_000_000_000;
const IAT = NOW / 1000;
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const [own, foreign] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
const expected = { issuer: 'https://id.example.com', clientId: 'cli_1', now: NOW };
const GOOD: JWTPayload = {
  iss: expected.issuer,
  aud: expected.clientId,
  iat: IAT,
  exp: IAT + 120,
  jti: 'jti-1',
  sub: 'usr_1',
  sid: 'ses_1',
  events: { [EVENT]: {} },
};

const keys = () => Promise.resolve(own.publicKey);
const sign = (claims: JWTPayload, header = {}, key = own.privateKey) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'logout+jwt', kid: 'k', ...header }).sign(key);
const read = async (token: string | Promise<string>) => readLogoutToken(await token, keys, expected);
const without = (name: string) => Object.fromEntries(Object.entries(GOOD).filter(([claim]) => claim !== name));

describe('a logout token (Back-Channel Logout §2.4, §2.6)', () => {
  test('names the session, or the user', async () => {
    expect(await read(sign(GOOD))).toEqual({ jti: 'jti-1', subject: 'usr_1', sid: 'ses_1' });
    expect(await read(sign(without('sid')))).toEqual({ jti: 'jti-1', subject: 'usr_1', sid: undefined });
    expect(await read(sign(without('sub')))).toEqual({ jti: 'jti-1', subject: undefined, sid: 'ses_1' });
    expect(await read(sign({ ...GOOD, aud: ['cli_1', 'cli_2'] }))).toBeDefined();
  });

  test.each<[name: string, token: () => string | Promise<string>]>([
    ['of another key', () => sign(GOOD, {}, foreign.privateKey)],
    ['of no key', () => new UnsecuredJWT(GOOD).encode()],
    ['of another type: an access token', () => sign(GOOD, { typ: 'at+jwt' })],
    ['of another type: an ID token', () => sign(GOOD, { typ: 'JWT' })],
    ['without a type', () => sign(GOOD, { typ: undefined })],
    ['of another issuer', () => sign({ ...GOOD, iss: 'https://id.example.com/' })],
    ['for another client', () => sign({ ...GOOD, aud: 'cli_2' })],
    ['that has expired', () => sign({ ...GOOD, iat: IAT - 200, exp: IAT - 60 })],
    ['that was made long ago, however long it says it lives', () => sign({ ...GOOD, iat: IAT - 400, exp: IAT + 9000 })],
    ['from the future', () => sign({ ...GOOD, iat: IAT + 120, exp: IAT + 240 })],
    ['with a nonce', () => sign({ ...GOOD, nonce: 'n' })],
    ['with a nonce of null', () => sign({ ...GOOD, nonce: null })],
    ['about nobody', () => sign(Object.fromEntries(Object.entries(without('sub')).filter(([name]) => name !== 'sid')))],
    ['without events', () => sign(without('events'))],
    ['with other events', () => sign({ ...GOOD, events: { 'http://example.com/event': {} } })],
    ['with an event that is no object', () => sign({ ...GOOD, events: { [EVENT]: true } })],
    ['with events that are a list', () => sign({ ...GOOD, events: [EVENT] })],
    ['without iat', () => sign(without('iat'))],
    ['without exp', () => sign(without('exp'))],
    ['without jti', () => sign(without('jti'))],
    ['with a jti that is a number', () => sign({ ...GOOD, jti: 1 as unknown as string })],
    ['with a sid that is a list', () => sign({ ...GOOD, sid: ['ses_1'] })],
    ['that is none', () => 'not.a.token'],
    ['that is nothing', () => ''],
  ])('is refused %s', async (_name, token) => {
    expect(await read(token())).toBeUndefined();
  });

  test('is neither accepted nor refused while the keys cannot be had', async () => {
    const unreachable = () => Promise.reject(new TypeError('fetch failed'));
    await expect(readLogoutToken(await sign(GOOD), unreachable, expected)).rejects.toThrow(TypeError);
  });
});
