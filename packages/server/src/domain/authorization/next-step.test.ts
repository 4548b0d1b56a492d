import { expect, test } from 'vitest';
import { decideNextStep } from './next-step.ts';
import type { AuthorizationRequest } from './request.ts';

const STARTED = 1_800_000_000_000;
type Asked = Parameters<typeof decideNextStep>[0];
const REQUEST: Pick<AuthorizationRequest, keyof Asked> = {
  prompts: [],
  maxAgeSeconds: undefined,
  startedAt: STARTED,
  hintedUser: undefined,
  scopes: ['openid'],
  redirectUri: 'https://app.example/cb',
};
const THEIRS = { authMethod: 'client_secret_basic', firstParty: false } as const;
const OURS = { ...THEIRS, firstParty: true };
const PUBLIC = { ...OURS, authMethod: 'none' } as const;
const ADA = `usr_${'a'.repeat(32)}` as const;
const EVE = `usr_${'e'.repeat(32)}` as const;
const LOOPBACK = { redirectUri: 'http://127.0.0.1:1/cb' };

/** The step, in one word or two. */
function step(
  changed: Partial<Asked>,
  client: Parameters<typeof decideNextStep>[1],
  signedInAgoMs: number | undefined,
  consented: readonly string[],
): string {
  const session = signedInAgoMs === undefined ? undefined : { userId: ADA, authTime: STARTED - signedInAgoMs };
  const decided = decideNextStep({ ...REQUEST, ...changed }, client, session, consented);
  if (decided.kind === 'grant') return `grant ${decided.consent}`;
  return decided.kind === 'refuse' ? decided.error : decided.kind;
}

test.each<[changed: Partial<Asked>, agoMs: number | undefined, expected: string]>([
  [{}, undefined, 'sign_in'],
  [{ prompts: ['none'] }, undefined, 'login_required'],
  [{}, 1e9, 'grant first_party'],
  [{ prompts: ['none'] }, 1e9, 'grant first_party'],
  [{ prompts: ['login'] }, 1, 'sign_in'],
  [{ prompts: ['login'] }, 0, 'grant first_party'],
  [{ prompts: ['login'] }, -1, 'grant first_party'],
  [{ prompts: ['select_account'] }, 1, 'sign_in'],
  [{ prompts: ['consent'] }, 1, 'ask_consent'],
  [{ prompts: ['login', 'consent'] }, 1, 'sign_in'],
  [{ prompts: ['login', 'consent'] }, 0, 'ask_consent'],
  [{ maxAgeSeconds: 60 }, 60_000, 'grant first_party'],
  [{ maxAgeSeconds: 60 }, 60_001, 'sign_in'],
  [{ maxAgeSeconds: 0 }, 1, 'sign_in'],
  [{ maxAgeSeconds: 60, prompts: ['none'] }, 60_001, 'login_required'],
  [{ hintedUser: ADA }, 1, 'grant first_party'],
  [{ hintedUser: ADA, prompts: ['none'] }, 1, 'grant first_party'],
  [{ hintedUser: EVE }, undefined, 'sign_in'],
  [{ hintedUser: EVE }, 1, 'sign_in'],
  [{ hintedUser: EVE, prompts: ['none'] }, 1, 'login_required'],
  [{ hintedUser: EVE }, 0, 'login_required'],
  [{ hintedUser: EVE, prompts: ['login'] }, -1, 'login_required'],
])("the operator's own client, %j, signed in %s ms before: %s", (changed, agoMs, expected) => {
  expect(step(changed, OURS, agoMs, [])).toBe(expected);
});

test.each<[changed: Partial<Asked>, consented: readonly string[], expected: string]>([
  [{}, [], 'ask_consent'],
  [{}, ['openid'], 'grant remembered'],
  [{ scopes: ['openid', 'email'] }, ['openid'], 'ask_consent'],
  [{ scopes: ['openid', 'email'] }, ['email', 'profile', 'openid'], 'grant remembered'],
  [{ scopes: [] }, [], 'ask_consent'],
  [{ prompts: ['consent'] }, ['openid'], 'ask_consent'],
  [{ prompts: ['none'] }, [], 'consent_required'],
  [{ prompts: ['none'] }, ['openid'], 'grant remembered'],
])("somebody else's, %j, with consent to %j: %s", (changed, consented, expected) => {
  expect(step(changed, THEIRS, 1, consented)).toBe(expected);
});

test('RFC 8252 §8.6: a public client on the machine of its user asks each time', () => {
  expect(step(LOOPBACK, PUBLIC, 1, ['openid'])).toBe('ask_consent');
  expect(step({ ...LOOPBACK, prompts: ['none'] }, PUBLIC, 1, ['openid'])).toBe('consent_required');
  expect(step({}, PUBLIC, 1, [])).toBe('grant first_party');
  expect(step(LOOPBACK, OURS, 1, [])).toBe('grant first_party');
});
