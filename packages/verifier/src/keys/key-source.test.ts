import { beforeAll, describe, expect, test } from 'vitest';
import { makeKey, refusalOf, signToken, TestIssuer, type TestKey } from '../../test/support/issuer.ts';
import { VerifierError } from '../errors.ts';

let key: TestKey;
let next: TestKey;

beforeAll(async () => {
  [key, next] = await Promise.all([makeKey('ES256', 'key-1'), makeKey('ES256', 'key-2')]);
});

const failing = () => Promise.reject(new Error('connect ECONNREFUSED'));
/** A token of its own for every call, as no cache may answer for the key set. */
let serial = 0;
function fresh(signer: TestKey, header: object = {}): string {
  serial += 1;
  return signToken(signer, { jti: `token-${serial}`, exp: 4_000_000_000 }, header);
}

describe('fetching', () => {
  test('nothing is fetched before the first token, and then once', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier();
    expect(issuer.fetches).toBe(0);
    await Promise.all(Array.from({ length: 50 }, () => verifier.verify(fresh(key))));
    await verifier.verify(fresh(key));
    expect(issuer.fetches).toBe(1);
  });

  test('a token that fails before its key matters causes no fetch', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier();
    for (const token of [
      '',
      'a.b.c',
      fresh(key, { alg: 'none' }),
      fresh(key, { typ: 'JWT' }),
      fresh(key, { kid: '' }),
    ]) {
      await refusalOf(verifier.verify(token));
    }
    expect(issuer.fetches).toBe(0);
  });

  test('keys that are old are fetched again, and serve meanwhile', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyMaxAgeSeconds: 600 });
    await verifier.verify(fresh(key));
    issuer.pass(599);
    await verifier.verify(fresh(key));
    expect(issuer.fetches).toBe(1);
    issuer.pass(1);
    issuer.answer = () => new Promise(() => {});
    await verifier.verify(fresh(key));
    await verifier.verify(fresh(key));
    expect(issuer.fetches).toBe(2);
  });

  test('a cached token makes old keys be fetched too', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyMaxAgeSeconds: 600 });
    const token = fresh(key);
    await verifier.verify(token);
    issuer.pass(600);
    await verifier.verify(token);
    expect(issuer.fetches).toBe(2);
  });

  test('the age of keys counts from when they were asked for', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyMaxAgeSeconds: 600 });
    const { promise, resolve } = Promise.withResolvers<Response>();
    issuer.answer = () => promise;
    const waiting = verifier.verify(fresh(key));
    issuer.pass(5);
    resolve(Response.json({ keys: issuer.keys }));
    await waiting;
    issuer.pass(595);
    await verifier.verify(fresh(key));
    expect(issuer.fetches).toBe(2);
  });

  test('ages are measured by the monotonic clock', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyMaxAgeSeconds: 600 });
    await verifier.verify(fresh(key));
    issuer.nowMs += 10_000_000;
    await verifier.verify(fresh(key));
    expect(issuer.fetches).toBe(1);
    issuer.nowMs -= 20_000_000;
    issuer.monotonicMs += 600_000;
    await refusalOf(verifier.verify(fresh(key)));
    expect(issuer.fetches).toBe(2);
  });
});

describe('rotation', () => {
  test('a new key is fetched when its first token arrives', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyRefetchCooldownSeconds: 10 });
    await verifier.verify(fresh(key));
    issuer.keys = [key.publicJwk, next.publicJwk];
    issuer.pass(10);
    await Promise.all(Array.from({ length: 20 }, () => verifier.verify(fresh(next))));
    expect(issuer.fetches).toBe(2);
    await verifier.verify(fresh(key));
    expect(issuer.fetches).toBe(2);
  });

  test('a key that has left takes its tokens with it, cached ones too', async () => {
    const issuer = new TestIssuer(key, next);
    const verifier = issuer.createVerifier({ keyMaxAgeSeconds: 600 });
    const [old, current] = [fresh(key), fresh(next)];
    await Promise.all([verifier.verify(old), verifier.verify(current)]);
    issuer.keys = [next.publicJwk];
    issuer.pass(600);
    await verifier.verify(current);
    await new Promise(setImmediate);
    expect(await refusalOf(verifier.verify(old))).toBe('key_unknown');
    await verifier.verify(current);
  });

  test('a key that changed under its id takes its tokens with it', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyMaxAgeSeconds: 600 });
    const token = fresh(key);
    await verifier.verify(token);
    issuer.keys = [{ ...next.publicJwk, kid: key.kid }];
    issuer.pass(600);
    await verifier.verify(token);
    await new Promise(setImmediate);
    expect(await refusalOf(verifier.verify(token))).toBe('signature_invalid');
    await verifier.verify(fresh(next, { kid: key.kid }));
  });

  test('an empty key set means that no key is trusted any more', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyMaxAgeSeconds: 600 });
    const token = fresh(key);
    await verifier.verify(token);
    issuer.keys = [];
    issuer.pass(600);
    await verifier.verify(token);
    await new Promise(setImmediate);
    expect(await refusalOf(verifier.verify(token))).toBe('key_unknown');
  });
});

describe('unknown keys', () => {
  test('a flood of them causes one fetch per cooldown', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyRefetchCooldownSeconds: 10, keyMaxAgeSeconds: 86_400 });
    for (let second = 0; second < 100; second += 1) {
      const codes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => refusalOf(verifier.verify(fresh(key, { kid: `x-${second}-${i}` })))),
      );
      expect(new Set(codes)).toEqual(new Set(['key_unknown']));
      issuer.pass(1);
    }
    expect(issuer.fetches).toBe(10);
  });

  test('a flood of them causes one fetch per cooldown while the issuer is down', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyRefetchCooldownSeconds: 10, keyMaxAgeSeconds: 86_400 });
    await verifier.verify(fresh(key));
    issuer.answer = failing;
    for (let second = 0; second < 100; second += 1) {
      expect(await refusalOf(verifier.verify(fresh(key, { kid: `x-${second}` })))).toBe('key_unknown');
      await verifier.verify(fresh(key));
      issuer.pass(1);
    }
    expect(issuer.fetches).toBeLessThanOrEqual(1 + 10);
  });

  test('one that was asked for in vain is not asked for again for a minute', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyRefetchCooldownSeconds: 10, keyMaxAgeSeconds: 86_400 });
    await verifier.verify(fresh(key));
    const fetchesFor = async (kid: string): Promise<number> => {
      const before = issuer.fetches;
      await refusalOf(verifier.verify(fresh(key, { kid })));
      return issuer.fetches - before;
    };
    issuer.pass(10);
    expect(await fetchesFor('gone')).toBe(1);
    issuer.pass(30);
    expect(await fetchesFor('gone')).toBe(0);
    expect(await fetchesFor('other')).toBe(1);
    issuer.pass(30);
    expect(await fetchesFor('gone')).toBe(1);
  });

  test('one that only shared a fetch is asked for in its own right', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyRefetchCooldownSeconds: 10 });
    const { promise, resolve } = Promise.withResolvers<Response>();
    issuer.answer = () => promise;
    const [first, second] = [verifier.verify(fresh(key)), verifier.verify(fresh(next))];
    resolve(Response.json({ keys: [key.publicJwk] }));
    await first;
    expect(await refusalOf(second)).toBe('key_unknown');
    issuer.pass(10);
    issuer.answer = () => Promise.resolve(Response.json({ keys: [key.publicJwk, next.publicJwk] }));
    await verifier.verify(fresh(next));
    expect(issuer.fetches).toBe(2);
  });

  test('names of inherited members are unknown keys like others', async () => {
    const verifier = new TestIssuer(key).createVerifier();
    for (const kid of ['__proto__', 'constructor', 'hasOwnProperty', '../key-1', 'key-1\0', 'KEY-1', ' key-1']) {
      expect(await refusalOf(verifier.verify(fresh(key, { kid })))).toBe('key_unknown');
    }
  });
});

describe('an issuer that is down', () => {
  test('its keys serve up to the stated bound, and not longer', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyMaxAgeSeconds: 600, keyMaxStaleSeconds: 3600 });
    const token = fresh(key);
    await verifier.verify(token);
    issuer.answer = failing;
    for (let minute = 0; minute < 69; minute += 1) {
      issuer.pass(60);
      await verifier.verify(token);
      await verifier.verify(fresh(key));
    }
    issuer.pass(59);
    await verifier.verify(token);
    issuer.pass(1);
    expect(await refusalOf(verifier.verify(token))).toBe('keys_unavailable');
    expect(await refusalOf(verifier.verify(fresh(key)))).toBe('keys_unavailable');
  });

  test('it is asked once per cooldown while its old keys serve', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyMaxAgeSeconds: 600, keyRefetchCooldownSeconds: 10 });
    await verifier.verify(fresh(key));
    issuer.answer = failing;
    issuer.pass(600);
    for (let second = 0; second < 30; second += 1) {
      for (let i = 0; i < 3; i += 1) {
        await verifier.verify(fresh(key));
        await new Promise(setImmediate);
      }
      issuer.pass(1);
    }
    expect(issuer.fetches).toBe(1 + 3);
  });

  test('a key that could not be asked for is asked for again', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyRefetchCooldownSeconds: 10 });
    await verifier.verify(fresh(key));
    const { answer } = issuer;
    issuer.answer = failing;
    issuer.pass(10);
    expect(await refusalOf(verifier.verify(fresh(next)))).toBe('key_unknown');
    issuer.answer = answer;
    issuer.keys = [key.publicJwk, next.publicJwk];
    issuer.pass(10);
    expect(await refusalOf(verifier.verify(fresh(next)))).toBe('accepted');
  });

  test('from the start, every token is refused, with the time after which to try again', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyRefetchCooldownSeconds: 10 });
    issuer.answer = failing;
    const error = await verifier.verify(fresh(key)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(VerifierError);
    expect(error).toMatchObject({ code: 'keys_unavailable', status: 503, retryAfterSeconds: 1 });
    expect((error as VerifierError).cause).toBeInstanceOf(Error);
  });

  test('it is asked after 1, 2, 4, 8 seconds and then every cooldown, however many tokens come', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier({ keyRefetchCooldownSeconds: 10 });
    issuer.answer = failing;
    const fetchedAt: number[] = [];
    for (let second = 0; second < 40; second += 1) {
      const before = issuer.fetches;
      for (let i = 0; i < 5; i += 1) {
        expect(await refusalOf(verifier.verify(fresh(key)))).toBe('keys_unavailable');
      }
      if (issuer.fetches > before) fetchedAt.push(second);
      issuer.pass(1);
    }
    expect(fetchedAt).toEqual([0, 1, 3, 7, 15, 25, 35]);
    expect(issuer.fetches).toBe(fetchedAt.length);
  });

  test('it is found again by itself', async () => {
    const issuer = new TestIssuer(key);
    const verifier = issuer.createVerifier();
    const { answer } = issuer;
    issuer.answer = failing;
    await refusalOf(verifier.verify(fresh(key)));
    issuer.answer = answer;
    issuer.pass(1);
    expect(await refusalOf(verifier.verify(fresh(key)))).toBe('accepted');
  });

  test.each<[string, () => Promise<Response>]>([
    ['no answer', failing],
    [
      'an exception',
      () => {
        throw new Error('no network');
      },
    ],
    ['an error page', () => Promise.resolve(new Response('<html>', { status: 200 }))],
    ['another object', () => Promise.resolve(Response.json({ error: 'x' }))],
    ['a server error', () => Promise.resolve(new Response(null, { status: 500 }))],
  ])('%s leaves the keys that are known, and is told to the log', async (_what, answer) => {
    const issuer = new TestIssuer(key);
    const failures: unknown[] = [];
    const verifier = issuer.createVerifier({
      onKeyFetchFailed: (error) => {
        failures.push(error);
        throw new Error('the log is full');
      },
    });
    await verifier.verify(fresh(key));
    issuer.answer = answer;
    issuer.pass(600);
    await verifier.verify(fresh(key));
    await new Promise(setImmediate);
    await verifier.verify(fresh(key));
    expect(failures).toHaveLength(1);
  });
});
