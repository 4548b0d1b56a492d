import type { z } from 'zod';
import { describe, expect, test } from 'vitest';
import {
  confirmEmailRequest,
  emailVerificationRequest,
  firstAdministratorRequest,
  sessionTokenRequest,
  signInRequest,
  signUpRequest,
} from './index.ts';

const PASSWORD = 'correct horse';
const EMAIL = 'ada@example.com';

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

describe('accepted', () => {
  test.each<[string, z.ZodType, object]>([
    ['sign-up', signUpRequest, { email: EMAIL, password: PASSWORD }],
    ['sign-up with a name', signUpRequest, { email: EMAIL, password: PASSWORD, name: 'Ада 🔑' }],
    ['any characters in a password', signUpRequest, { email: EMAIL, password: '\u0000\u001f🔑\n' }],
    ['a password that the policy will refuse', signUpRequest, { email: EMAIL, password: 'x' }],
    ['1,024 characters outside the BMP', signUpRequest, { email: EMAIL, password: '🔑'.repeat(1024) }],
    ['verification', emailVerificationRequest, { email: EMAIL }],
    ['confirmation', confirmEmailRequest, { token: 'x' }],
    ['sign-in', signInRequest, { email: EMAIL, password: PASSWORD }],
    ['slot 0', signInRequest, { email: EMAIL, password: PASSWORD, slot: 0, remember: false }],
    ['slot 9', signInRequest, { email: EMAIL, password: PASSWORD, slot: 9, remember: true }],
    ['first administrator', firstAdministratorRequest, { token: 'x', email: EMAIL, password: PASSWORD }],
    ['token for the default', sessionTokenRequest, {}],
    ['token', sessionTokenRequest, { audience: 'https://api.example.com', scope: 'a b' }],
  ])('%s', (_name, schema, value) => {
    expect(schema.parse(value)).toEqual(value);
  });
});

describe('refused', () => {
  const signUp = { email: EMAIL, password: PASSWORD };
  test.each<[string, z.ZodType, unknown]>([
    ['nothing', signUpRequest, undefined],
    ['no object', signUpRequest, [signUp]],
    ['no address', signUpRequest, { password: PASSWORD }],
    ['no password', signUpRequest, { email: EMAIL }],
    ['an empty password', signUpRequest, { ...signUp, password: '' }],
    ['a password of 4,097 units', signUpRequest, { ...signUp, password: 'x'.repeat(4097) }],
    ['a lone surrogate in a password', signUpRequest, { ...signUp, password: `${PASSWORD}\ud83d` }],
    ['a lone surrogate in an address', signUpRequest, { ...signUp, email: 'a@\udc00.example' }],
    ['a lone surrogate in a name', signUpRequest, { ...signUp, name: '\ud83d' }],
    ['a line break in an address', signUpRequest, { ...signUp, email: 'a@b.example\nBcc: c@d.example' }],
    ['a NUL in a name', signUpRequest, { ...signUp, name: 'a\u0000b' }],
    ['DEL in a name', signUpRequest, { ...signUp, name: 'a\u007fb' }],
    ['a C1 control in a name', signUpRequest, { ...signUp, name: 'a\u009bb' }],
    ['an empty name', signUpRequest, { ...signUp, name: '' }],
    ['null for a name', signUpRequest, { ...signUp, name: null }],
    ['an address of 255 units', signUpRequest, { ...signUp, email: `${'a'.repeat(246)}@b.exampl` }],
    ['an unknown member', signUpRequest, { ...signUp, role: 'administrator' }],
    [
      'an own member __proto__',
      signUpRequest,
      JSON.parse(`{"email":"${EMAIL}","password":"${PASSWORD}","__proto__":{}}`),
    ],
    ['slot 10', signInRequest, { ...signUp, slot: 10 }],
    ['slot -1', signInRequest, { ...signUp, slot: -1 }],
    ['slot -0.5', signInRequest, { ...signUp, slot: -0.5 }],
    ['slot as text', signInRequest, { ...signUp, slot: '1' }],
    ['remember as text', signInRequest, { ...signUp, remember: 'true' }],
    ['an empty token', confirmEmailRequest, { token: '' }],
    ['a long token', confirmEmailRequest, { token: 'x'.repeat(257) }],
    ['an empty scope', sessionTokenRequest, { scope: '' }],
    ['a line break in a scope', sessionTokenRequest, { scope: 'a\nb' }],
    ['a list of audiences', sessionTokenRequest, { audience: ['a'] }],
  ])('%s', (_name, schema, value) => {
    expect(accepts(schema, value)).toBe(false);
  });

  test('without the value in what is said about it', () => {
    const secret = 'unmistakable-hunter2';
    for (const value of [
      { email: secret, password: 1 },
      { email: EMAIL, password: `${secret}\ud83d` },
      { email: EMAIL, password: secret.repeat(300) },
      secret,
    ]) {
      expect(JSON.stringify(signInRequest.safeParse(value).error)).not.toContain(secret);
    }
  });
});
