import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../../test/support/arbitrary-text.ts';
import type { FormParameters } from './form-encoding.ts';
import { readClientCredentials } from './presented-credentials.ts';
import { newClientSecret } from './secret.ts';

const SECRET = newClientSecret((length) => new Uint8Array(length).fill(7)).reveal();
const ASSERTION = {
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: 'x',
};
const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');
const basic = (text: string) => `Basic ${base64(text)}`;
const formOf = (fields: Record<string, string>): FormParameters =>
  new Map(Object.entries(fields).map(([name, value]) => [name, [value]]));
const percentEncoded = (text: string) =>
  [...text].map((character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');

/** What was read, with the secret as text. */
function read(authorization: string | undefined, fields: Record<string, string> = {}) {
  const reading = readClientCredentials(authorization, formOf(fields));
  if (reading.kind === 'asserted') return [reading.kind, reading.assertion, reading.clientId];
  if (reading.kind !== 'presented') return reading.kind;
  const { method, clientId, secret } = reading.credentials;
  return [method, clientId, secret?.reveal()];
}

describe('in the Authorization header', () => {
  test.each<[header: string, fields: Record<string, string>, expected: ReturnType<typeof read>]>([
    [basic(`cli_1:${SECRET}`), {}, ['client_secret_basic', 'cli_1', SECRET]],
    [`bAsIc   ${base64(`cli_1:${SECRET}`)}`, {}, ['client_secret_basic', 'cli_1', SECRET]],
    [basic(`${percentEncoded('cli_1')}:${percentEncoded(SECRET)}`), {}, ['client_secret_basic', 'cli_1', SECRET]],
    [basic(`cli_1:${SECRET}`), { client_id: 'cli_1' }, ['client_secret_basic', 'cli_1', SECRET]],
    [basic('a%3Ab:x'), {}, ['client_secret_basic', 'a:b', undefined]],
    [basic('a:b:c'), {}, ['client_secret_basic', 'a', undefined]],
    [basic(':'), {}, ['client_secret_basic', '', undefined]],
    [basic('£€:x'), {}, ['client_secret_basic', Buffer.from('£€', 'latin1').toString('latin1'), undefined]],
    [basic(`cli_1:${SECRET}`), { client_id: 'cli_2' }, 'several_methods'],
    [basic(`cli_1:${SECRET}`), { client_secret: SECRET }, 'several_methods'],
    [basic(`cli_1:${SECRET}`), { client_id: 'cli_1', client_secret: SECRET }, 'several_methods'],
    [basic(`cli_1:${SECRET}`), ASSERTION, 'several_methods'],
    [basic(`cli_1:${SECRET}`), { client_assertion: 'x' }, 'several_methods'],
    ['Bearer x', ASSERTION, 'several_methods'],
    ['Bearer x', { client_secret: SECRET }, 'several_methods'],
    ['Basic', {}, 'malformed'],
    ['Basic ', {}, 'malformed'],
    ['Basic !', {}, 'malformed'],
    ['Basic YTpi YTpi', {}, 'malformed'],
    ['Basic YTpi, Basic YTpi', {}, 'malformed'],
    [basic('no colon'), {}, 'malformed'],
    [basic('a:%'), {}, 'malformed'],
    [basic('%zz:b'), {}, 'malformed'],
    [basic('a:%ff'), {}, 'malformed'],
    [basic('a:%ED%A0%80'), {}, 'malformed'],
    [basic('a:b\u0000'), {}, 'malformed'],
    [basic('a%00:b'), {}, 'malformed'],
    [basic(`a:${'b'.repeat(100_000)}`), {}, 'malformed'],
    ['Bearer x', {}, 'none'],
    ['Basically', {}, 'none'],
    ['', {}, 'none'],
  ])('%.60j with %j', (header, fields, expected) => {
    expect(read(header, fields)).toEqual(expected);
  });
});

describe('in the body', () => {
  test.each<[fields: Record<string, string>, expected: ReturnType<typeof read>]>([
    [{ client_id: 'cli_1', client_secret: SECRET }, ['client_secret_post', 'cli_1', SECRET]],
    [{ client_id: 'cli_1', client_secret: 'x' }, ['client_secret_post', 'cli_1', undefined]],
    [{ client_id: 'cli_1' }, 'identified'],
    [ASSERTION, ['asserted', 'x', undefined]],
    [{ ...ASSERTION, client_id: 'cli_1' }, ['asserted', 'x', 'cli_1']],
    [{ ...ASSERTION, client_id: 'cli_1', client_secret: SECRET }, 'several_methods'],
    [{ client_id: 'cli_1', client_assertion: 'x' }, 'malformed'],
    [{ client_id: 'cli_1', client_assertion_type: ASSERTION.client_assertion_type }, 'malformed'],
    [{ ...ASSERTION, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }, 'none'],
    [{ ...ASSERTION, client_assertion_type: `${ASSERTION.client_assertion_type}/` }, 'none'],
    [{ ...ASSERTION, client_assertion_type: ASSERTION.client_assertion_type.toUpperCase() }, 'none'],
    [{ client_secret: SECRET }, 'none'],
    [{}, 'none'],
  ])('%j', (fields, expected) => {
    expect(read(undefined, fields)).toEqual(expected);
  });
});

test('whatever the header says, nothing breaks', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(['none', 'malformed']).toContain(read(text));
      expect(['presented', 'malformed']).toContain(readClientCredentials(basic(text), new Map()).kind);
    }),
  );
});
