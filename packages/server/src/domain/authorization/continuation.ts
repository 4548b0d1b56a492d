import type { KeyObject } from 'node:crypto';
import { words } from '../words.ts';
import type { ClientId, RandomBytes, SessionId, UserId } from '../ids.ts';
import { MINUTE_MS, type Instant } from '../instant.ts';
import { seal, unseal } from '../secrets/seal.ts';
import type { AuthorizationRequest, Prompt } from './request.ts';

/** Time to sign in, with a password to be looked up or reset. */
export const CONTINUATION_LIFE_MS = 30 * MINUTE_MS;

/** So that the text fits the return path of the sign-in page. */
export const MAX_CONTINUATION_LENGTH = 3800;

/** Which form it is for: none yet, or the consent of one session, which no other session may give. */
export type ContinuationUse = 'authorize' | SessionId;

type Packed = readonly [
  clientId: string,
  redirectUri: string,
  state: string | null,
  nonce: string | null,
  codeChallenge: string,
  scopes: string,
  audience: string,
  prompts: string,
  maxAgeSeconds: number | null,
  startedAt: Instant,
  loginHint: string | null,
  hintedUser: string | null,
  pushedAs: string | null,
  keyThumbprint: string | null,
];

/**
 * A checked request as a parameter of our own pages: encrypted, so that neither a history nor a log tells the client's
 * state and nonce, and nobody can change what was checked. No row is written for whoever is not signed in.
 */
export function packContinuation(
  request: AuthorizationRequest,
  use: ContinuationUse,
  key: KeyObject,
  random: RandomBytes,
): string {
  const packed: Packed = [
    request.clientId,
    request.redirectUri,
    request.state ?? null,
    request.nonce ?? null,
    request.codeChallenge,
    request.scopes.join(' '),
    request.audience,
    request.prompts.join(' '),
    request.maxAgeSeconds ?? null,
    request.startedAt,
    request.loginHint ?? null,
    request.hintedUser ?? null,
    request.pushedAs ?? null,
    request.keyThumbprint ?? null,
  ];
  return Buffer.from(seal(key, JSON.stringify(packed), contextOf(use), random)).toString('base64url');
}

/** The request of {@link packContinuation}; undefined for any other text, another use, and one that is too old. */
export function unpackContinuation(
  text: string,
  use: ContinuationUse,
  key: KeyObject,
  now: Instant,
): AuthorizationRequest | undefined {
  if (text.length > MAX_CONTINUATION_LENGTH || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  const opened = unseal(key, Buffer.from(text, 'base64url'), contextOf(use));
  if (opened === undefined) return undefined;
  const packed = JSON.parse(opened) as Packed;
  const [clientId, redirectUri, state, nonce, codeChallenge, scopes, audience, prompts, maxAge, startedAt] = packed;
  const [loginHint, hintedUser, pushedAs] = packed.slice(10) as [string | null, UserId | null, string | null];
  if (now >= startedAt + CONTINUATION_LIFE_MS) return undefined;
  return {
    clientId: clientId as ClientId,
    redirectUri,
    state: state ?? undefined,
    nonce: nonce ?? undefined,
    codeChallenge,
    keyThumbprint: packed[13] ?? undefined,
    scopes: words(scopes),
    audience,
    prompts: words(prompts) as readonly Prompt[],
    maxAgeSeconds: maxAge ?? undefined,
    loginHint: loginHint ?? undefined,
    hintedUser: hintedUser ?? undefined,
    pushedAs: pushedAs ?? undefined,
    startedAt,
  };
}

function contextOf(use: ContinuationUse): string {
  return use === 'authorize' ? 'authorize' : `consent:${use}`;
}
