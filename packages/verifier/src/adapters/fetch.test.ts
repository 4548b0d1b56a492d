import { beforeAll, expect, test } from 'vitest';
import { makeKey, signToken, TestIssuer, type TestKey } from '../../test/support/issuer.ts';
import { VerifierError, type Verifier } from '../index.ts';
import { refusalResponse, verifyRequest, withToken } from './fetch.ts';

let key: TestKey;
let verifier: Verifier;

beforeAll(async () => {
  key = await makeKey('EdDSA', 'key-1');
  verifier = new TestIssuer(key).createVerifier();
});

const request = (headers: Record<string, string> = {}) => new Request('https://api.example.com/notes/7', { headers });
const authorized = () => request({ Authorization: `Bearer ${signToken(key)}` });

test('a route gets its token and its own arguments', async () => {
  const GET = withToken(verifier, (_request: Request, token, { params }: { params: { id: string } }) =>
    Response.json({ subject: token.subject, ...params }),
  );
  expect(await (await GET(authorized(), { params: { id: '7' } })).json()).toEqual({ subject: 'usr_01', id: '7' });
});

test('a request without a good token never gets there, and the log learns why', async () => {
  const refused: string[] = [];
  let runs = 0;
  const handle = withToken(
    verifier,
    () => {
      runs += 1;
      return new Response();
    },
    { scope: 'notes:read', realm: 'notes', onRefused: ({ code }, { url }) => refused.push(`${code} ${url}`) },
  );
  const response = await handle(request());
  expect([response.status, runs]).toEqual([401, 0]);
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="notes"');
  expect(response.headers.get('cache-control')).toBe('no-store');
  await Promise.resolve();
  expect(refused).toEqual(['token_missing https://api.example.com/notes/7']);
});

test('errors that are no refusals are thrown, those of the handler too', async () => {
  const bug = { verify: () => Promise.reject(new RangeError('a bug')) };
  await expect(withToken(bug, () => new Response())(authorized())).rejects.toThrow(RangeError);
  const failing = withToken(verifier, () => {
    throw new RangeError('a bug');
  });
  await expect(failing(authorized())).rejects.toThrow(RangeError);
});

test('what verifyRequest throws can be answered', async () => {
  expect((await verifyRequest(verifier, authorized())).subject).toBe('usr_01');
  const error = await verifyRequest(verifier, authorized(), { scope: 'admin' }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(VerifierError);
  expect(refusalResponse(error as VerifierError).status).toBe(403);
});
