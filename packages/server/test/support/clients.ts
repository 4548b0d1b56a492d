/** Registered clients, and sessions that they hold. */
import { randomBytes } from 'node:crypto';
import type { Client } from '../../src/domain/clients/client.ts';
import type { RegistrationInput } from '../../src/domain/clients/registration.ts';
import { newId, type UserId } from '../../src/domain/ids.ts';
import { encodeCredential } from '../../src/domain/sessions/credential.ts';
import type { Session } from '../../src/domain/sessions/session.ts';
import type { OperationContext } from '../../src/operations/context.ts';
import { addClient } from '../../src/operations/manage-clients.ts';
import { insertSession } from '../../src/storage/sessions.ts';
import { aSession } from '../storage/nodes.ts';
import type { RequestOptions } from './test-server.ts';

export interface TestClient {
  readonly client: Client;
  readonly id: Client['id'];
  readonly secret: string;
  /** The Authorization header. */
  readonly basic: string;
}

const PLAIN: RegistrationInput = {
  name: 'Test client',
  grants: [],
  scope: '',
  audiences: [],
  redirectUris: [],
  isPublic: false,
  authMethod: undefined,
};

/** A confidential client; of what is left out it has nothing. */
export async function addTestClient(
  operations: OperationContext,
  input: Partial<RegistrationInput> = {},
): Promise<TestClient> {
  const result = await addClient(operations, { ...PLAIN, ...input }, 'test');
  if (result.kind !== 'added') throw new Error(`Refused: ${JSON.stringify(result.problems)}`);
  const { client, secret } = result;
  const text = secret?.reveal() ?? '';
  return { client, id: client.id, secret: text, basic: basicHeader(client.id, text) };
}

export function basicHeader(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

type Fields = Readonly<Record<string, string>>;

/** A request of the client with a form, authenticated by its header. */
export function clientForm(client: Pick<TestClient, 'basic'>, fields: Fields, headers: Fields = {}): RequestOptions {
  return { form: Object.entries(fields), headers: { Authorization: client.basic, ...headers } };
}

/** A session that a client holds for a user, and its refresh token. */
export async function addClientSession(
  { store, keys, clock }: OperationContext,
  userId: UserId,
  clientId: Client['id'],
  overrides: Partial<Session> = {},
): Promise<{ readonly session: Session; readonly refreshToken: string }> {
  const now = clock();
  const session = aSession(userId, {
    id: newId('ses', now, randomBytes),
    clientId,
    carrier: 'refresh_token',
    rotatedAt: now,
    authTime: now,
    createdAt: now,
    lastUsedAt: now,
    idleExpiresAt: now + 3_600_000,
    expiresAt: now + 86_400_000,
    ...overrides,
  });
  await store.transaction((tx) => insertSession(tx, session));
  return { session, refreshToken: encodeCredential(session, keys.sessionMac) };
}

/** An OAuth error: its status and code, and whether it has the headers that it must have. */
export async function oauthErrorOf(response: Response): Promise<string> {
  const text = await response.text();
  if (response.headers.get('Content-Type') !== 'application/json') return `${response.status} ${text.slice(0, 60)}`;
  const { error } = JSON.parse(text) as { readonly error: string };
  const challenge = response.headers.get('WWW-Authenticate');
  const expected =
    error === 'invalid_token'
      ? /^Bearer realm="[^"]+", error="invalid_token"$/
      : /^Basic realm="[^"]+", charset="UTF-8"$/;
  const isChallenged = expected.test(challenge ?? '');
  if (isChallenged !== (response.status === 401)) return `${response.status} ${error} challenges with ${challenge}`;
  if (response.headers.get('Cache-Control') !== 'no-store') return `${response.status} ${error} may be cached`;
  return `${response.status} ${error}`;
}
