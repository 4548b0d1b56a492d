import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  AUDIENCE,
  ISSUER,
  makeKey,
  NOW,
  refusalOf,
  signToken,
  TestIssuer,
  type TestKey,
} from '../../test/support/issuer.ts';
import { makeProofKey, METHOD, signProof, URL_OF_REQUEST, type ProofKey } from '../../test/support/proofs.ts';
import { createVerifier, VerifierError, type DpopOptions, type PresentedProof } from '../index.ts';
import { createVerifier as createWebVerifier } from '../web.ts';

const SECRET = new Uint8Array(32).fill(7);

describe.each([
  ['Node', createVerifier],
  ['Web Crypto', createWebVerifier],
])('RFC 9449 on %s', (_name, create) => {
  let key: TestKey;
  let proofKey: ProofKey;
  let otherKey: ProofKey;
  let bound: string;
  let free: string;
  beforeAll(async () => {
    key = await makeKey('ES256', 'key-1');
    [proofKey, otherKey] = await Promise.all([makeProofKey(), makeProofKey('Ed25519')]);
    bound = signToken(key, { cnf: { jkt: proofKey.thumbprint } });
    free = signToken(key);
  });

  const issuerWith = () => Object.assign(new TestIssuer(key), { create });
  const verifierWith = (dpop: DpopOptions = {}) => issuerWith().createVerifier({ dpop });
  const tokenHash = (token: string) => createHash('sha256').update(token).digest('base64url');
  const present = (proof: string | undefined, more: Partial<PresentedProof> = {}) => ({
    dpop: { proof, method: METHOD, url: URL_OF_REQUEST, ...more },
  });
  const proofOf = async (by = proofKey, token = bound, claims = {}) =>
    signProof(by, { ath: tokenHash(token), ...claims });

  test('§7.1: a bound token with a proof is accepted; the proof, once', async () => {
    const verifier = verifierWith();
    const proof = await proofOf();
    expect((await verifier.verify(bound, present(proof))).claims.cnf).toEqual({ jkt: proofKey.thumbprint });
    expect(await refusalOf(verifier.verify(bound, present(proof)))).toBe('dpop_proof_replayed');
    expect((await verifier.verify(bound, present(await proofOf()))).subject).toBe('usr_01');
  });

  test('§7.2: a bound token as Bearer is refused, whether it was seen before or not', async () => {
    const verifier = verifierWith();
    expect(await refusalOf(verifier.verify(bound))).toBe('dpop_proof_missing');
    await verifier.verify(bound, present(await proofOf()));
    expect(await refusalOf(verifier.verify(bound))).toBe('dpop_proof_missing');
    expect(await refusalOf(verifier.verify(bound, {}))).toBe('dpop_proof_missing');
  });

  test.each<
    [string, (verify: (proof: string, more?: Partial<PresentedProof>) => Promise<string>) => Promise<string>, string]
  >([
    ['with another key', async (verify) => verify(await proofOf(otherKey)), 'dpop_key_mismatch'],
    ['for another token', async (verify) => verify(await proofOf(proofKey, free)), 'dpop_proof_claim'],
    ['for no token', async (verify) => verify(await signProof(proofKey)), 'dpop_proof_claim'],
    ['for another method', async (verify) => verify(await proofOf(), { method: 'DELETE' }), 'dpop_proof_claim'],
    ['for another URL', async (verify) => verify(await proofOf(), { url: `${URL_OF_REQUEST}1` }), 'dpop_proof_claim'],
    ['that is old', async (verify) => verify(await proofOf(proofKey, bound, { iat: NOW - 60 })), 'dpop_proof_claim'],
    ['that is no proof', async (verify) => verify(bound), 'dpop_proof_header'],
    ['in pieces', async (verify) => verify('x'), 'dpop_proof_malformed'],
  ])('§4.3: refuses a proof %s', async (_what, attempt, refused) => {
    const verifier = verifierWith();
    const verify = (proof: string, more = {}) => refusalOf(verifier.verify(bound, present(proof, more)));
    expect(await attempt(verify)).toBe(refused);
    expect(await verify(await proofOf())).toBe('accepted');
  });

  test('§7.1: no proof, and a proof with a token that is bound to no key', async () => {
    const verifier = verifierWith();
    expect(await refusalOf(verifier.verify(bound, present(undefined)))).toBe('dpop_proof_missing');
    const proof = await proofOf(proofKey, free);
    expect(await refusalOf(verifier.verify(free, present(proof)))).toBe('dpop_token_unbound');
    await verifier.verify(free);
    expect(await refusalOf(verifier.verify(free, present(proof)))).toBe('dpop_token_unbound');
  });

  test('a token that is bad in itself uses no proof up', async () => {
    const issuer = issuerWith();
    const verifier = issuer.createVerifier();
    const late = signToken(key, { exp: NOW + 1, cnf: { jkt: proofKey.thumbprint } });
    const proof = await proofOf(proofKey, late);
    issuer.pass(1);
    expect(await refusalOf(verifier.verify(late, present(proof)))).toBe('token_expired');
    const forged = `${late.slice(0, -8)}AAAAAAAA`;
    expect(await refusalOf(verifier.verify(forged, present(proof)))).not.toMatch(/^accepted|^dpop/);
  });

  test('where a proof is required, no token does without', async () => {
    const verifier = verifierWith({ required: true });
    expect(await refusalOf(verifier.verify(free))).toBe('dpop_proof_missing');
    expect(await refusalOf(verifier.verify(free))).toBe('dpop_proof_missing');
    expect(await refusalOf(verifier.verify(free, present(await proofOf(proofKey, free))))).toBe('dpop_token_unbound');
    expect(await refusalOf(verifier.verify(bound, present(await proofOf())))).toBe('accepted');
  });

  test('§9: nonces, where there is a secret for them', async () => {
    const issuer = issuerWith();
    const verifier = issuer.createVerifier({ dpop: { nonceSecret: SECRET } });
    const nonceFor = async (claims: object) => {
      const proof = await proofOf(proofKey, bound, claims);
      const error: unknown = await verifier.verify(bound, present(proof)).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(VerifierError);
      expect(error).toMatchObject({ code: 'dpop_nonce_required', status: 401 });
      return (error as VerifierError).nonce!;
    };
    const nonce = await nonceFor({});
    expect(await nonceFor({ nonce: 'x' })).toBe(nonce);
    // The nonce says when it was made: the client's clock is not asked.
    const proof = await proofOf(proofKey, bound, { nonce, iat: 1 });
    expect(await refusalOf(verifier.verify(bound, present(proof)))).toBe('accepted');
    expect(await refusalOf(verifier.verify(bound, present(proof)))).toBe('dpop_proof_replayed');
    issuer.pass(300);
    expect(await nonceFor({ nonce })).not.toBe(nonce);
  });

  test('of 50 requests with one proof at once, one is accepted, in two processes that share a store', async () => {
    const seen = new Set<string>();
    const replayStore = {
      take: async (_key: string, id: string) => {
        await Promise.resolve();
        if (seen.has(id)) return 'seen' as const;
        seen.add(id);
        return 'first' as const;
      },
    };
    const verifiers = [verifierWith({ replayStore }), verifierWith({ replayStore })] as const;
    const proof = await proofOf();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, at) => refusalOf(verifiers[at % 2 === 0 ? 0 : 1].verify(bound, present(proof)))),
    );
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'dpop_proof_replayed')).toHaveLength(49);
    expect([...seen]).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
  });

  test('where nobody knows whether a proof was used, it is refused', async () => {
    const failing = { take: () => Promise.reject(new Error('away')) };
    const odd = { take: () => true as never };
    const full = { take: () => 'full' as const };
    for (const replayStore of [failing, odd, full]) {
      const error: unknown = await verifierWith({ replayStore })
        .verify(bound, present(await proofOf()))
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'dpop_replay_unknown', status: 503, retryAfterSeconds: 5 });
    }
  });

  test('a key that sends proof upon proof shuts out itself alone', async () => {
    const verifier = verifierWith({ replayMemorySize: 20 });
    const others = signToken(key, { cnf: { jkt: otherKey.thumbprint } });
    const outcomes = [];
    for (let sent = 0; sent < 3; sent += 1)
      outcomes.push(await refusalOf(verifier.verify(bound, present(await proofOf()))));
    expect(outcomes).toEqual(['accepted', 'accepted', 'dpop_replay_unknown']);
    expect(await refusalOf(verifier.verify(others, present(await proofOf(otherKey, others))))).toBe('accepted');
  });

  test.each<[string, DpopOptions]>([
    ['nonceSecret', { nonceSecret: new Uint8Array(31) }],
    ['nonceSecret', { nonceSecret: 'x'.repeat(32) as never }],
    ['replayMemorySize', { replayMemorySize: 1 }],
    ['required', { required: 'yes' as never }],
  ])('a wrong %s is told at the start', (option, dpop) => {
    const options = { issuer: ISSUER, audience: AUDIENCE, revocation: 'none', dpop } as const;
    expect(() => create(options)).toThrow(`dpop.${option}`);
  });
});
