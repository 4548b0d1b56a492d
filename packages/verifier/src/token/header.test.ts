import { describe, expect, test } from 'vitest';
import { DEFAULT_ALGORITHMS } from '../keys/algorithms.ts';
import { readTokenHeader } from './header.ts';

const GOOD = { alg: 'ES256', typ: 'at+jwt', kid: 'key-1' };

describe('accepts', () => {
  test.each([
    ['what the server sends', {}],
    ['the type with its prefix', { typ: 'application/at+jwt' }],
    ['the type in another case', { typ: 'Application/AT+JWT' }],
    ['members that it does not know (RFC 7515 §4)', { x5t: 'AAAA', cty: 'x', foo: { bar: 1 } }],
    ['the longest key id', { kid: 'k'.repeat(256) }],
    ['a key id that is the name of an inherited member', { kid: 'constructor' }],
  ])('%s', (_what, header) => {
    const read = readTokenHeader({ ...GOOD, ...header }, DEFAULT_ALGORITHMS, ['access_token']);
    expect(read).toEqual({ type: 'access_token', kid: { ...GOOD, ...header }.kid, alg: 'ES256' });
  });
});

describe('refuses', () => {
  test.each([
    ['no type', { typ: undefined }, 'token_type'],
    ['a plain JWT', { typ: 'JWT' }, 'token_type'],
    ['a logout token', { typ: 'logout+jwt' }, 'token_type'],
    ['a DPoP proof', { typ: 'dpop+jwt' }, 'token_type'],
    ['an ID token that names no type', { typ: '' }, 'token_type'],
    ['a client assertion', { typ: 'client-authentication+jwt' }, 'token_type'],
    ['a client that shows itself, where none may', { typ: 'client+jwt' }, 'token_type'],
    ['a longer type', { typ: 'at+jwt ' }, 'token_type'],
    ['a type with a parameter', { typ: 'application/at+jwt;v=1' }, 'token_type'],
    ['another top-level type', { typ: 'text/at+jwt' }, 'token_type'],
    ['the prefix twice', { typ: 'application/application/at+jwt' }, 'token_type'],
    ['a type in an array', { typ: ['at+jwt'] }, 'token_type'],
    ['an unknown extension', { crit: ['exp'], exp: 1 }, 'critical_header'],
    ['an empty crit', { crit: [] }, 'critical_header'],
    ['a crit of null', { crit: null }, 'critical_header'],
    ['an unencoded payload', { crit: ['b64'], b64: false }, 'critical_header'],
    ['b64 that crit does not list', { b64: false }, 'critical_header'],
    ['b64 that changes nothing', { b64: true }, 'critical_header'],
    ['an embedded key', { jwk: { kty: 'EC' } }, 'embedded_key'],
    ['the address of a key set', { jku: 'https://evil.example/jwks.json' }, 'embedded_key'],
    ['a certificate', { x5c: ['AAAA'] }, 'embedded_key'],
    ['the address of a certificate', { x5u: 'https://evil.example/cert.pem' }, 'embedded_key'],
    ['no algorithm', { alg: undefined }, 'algorithm_not_allowed'],
    ['none', { alg: 'none' }, 'algorithm_not_allowed'],
    ['none in another case', { alg: 'nOnE' }, 'algorithm_not_allowed'],
    ['HMAC', { alg: 'HS256' }, 'algorithm_not_allowed'],
    ['encryption', { alg: 'RSA-OAEP' }, 'algorithm_not_allowed'],
    ['an algorithm that is known, and not allowed here', { alg: 'PS256' }, 'algorithm_not_allowed'],
    ['an algorithm in another case', { alg: 'es256' }, 'algorithm_not_allowed'],
    ['an inherited member as the algorithm', { alg: 'constructor' }, 'algorithm_not_allowed'],
    ['algorithms in an array', { alg: ['ES256'] }, 'algorithm_not_allowed'],
    ['no key id', { kid: undefined }, 'key_unknown'],
    ['an empty key id', { kid: '' }, 'key_unknown'],
    ['a key id that is no string', { kid: 1 }, 'key_unknown'],
    ['a key id without end', { kid: 'k'.repeat(257) }, 'key_unknown'],
  ])('%s', (_what, header, refused) => {
    expect(readTokenHeader({ ...GOOD, ...header }, DEFAULT_ALGORITHMS, ['access_token'])).toEqual({ refused });
  });
});

describe('where clients may show themselves', () => {
  const read = (typ: unknown) => {
    const header = readTokenHeader({ ...GOOD, typ }, DEFAULT_ALGORITHMS, ['access_token', 'client']);
    return 'refused' in header ? header.refused : header.type;
  };
  test.each([
    ['client+jwt', 'client'],
    ['application/Client+JWT', 'client'],
    ['at+jwt', 'access_token'],
    ['client-authentication+jwt', 'token_type'],
    ['JWT', 'token_type'],
    ['dpop+jwt', 'token_type'],
    ['logout+jwt', 'token_type'],
    ['client', 'token_type'],
    ['client+jwt+jwt', 'token_type'],
    ['constructor', 'token_type'],
    [undefined, 'token_type'],
  ])('%s is %s', (typ, expected) => {
    expect(read(typ)).toBe(expected);
  });
});
