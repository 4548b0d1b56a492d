import { randomBytes } from 'node:crypto';
import { createLatchkey, readSettings } from 'latchkey';
import { newId } from '../../packages/server/src/domain/ids.ts';
import { encodeCredential, parseCredential } from '../../packages/server/src/domain/sessions/credential.ts';
import type { OperationContext } from '../../packages/server/src/operations/context.ts';
import { refreshSession, type LiveSession } from '../../packages/server/src/operations/refresh-session.ts';
import { findSession, insertSession } from '../../packages/server/src/storage/sessions.ts';
import { ORIGIN } from '../session-subjects/account.ts';
import { signUpToLatchkey } from '../session-subjects/sign-up-to-latchkey.ts';

export const AUDIENCE = 'https://api.bench.example';

const CARRIER = 'refresh_token';
const SALT_BYTES = 16;
const CALLER = { network: '127.0.0.1', userAgent: 'bench' };

export interface RotatingLatchkey {
  readonly operations: OperationContext;
  /** Makes sessions of one user, and tells their refresh tokens. */
  readonly begin: (count: number) => Promise<string[]>;
  /** Presents a refresh token; undefined where it is refused. */
  readonly refresh: (token: string) => Promise<{ readonly session: LiveSession; readonly next: string } | undefined>;
}

/**
 * Latchkey's operation for refresh tokens, as the token endpoint calls it. In strict mode, W = 0, where
 * every use rotates; what a rotation does is the same as with an overlap.
 */
export async function openRotatingLatchkey(databaseUrl: string): Promise<RotatingLatchkey> {
  const environment = {
    LATCHKEY_DATABASE_URL: databaseUrl,
    LATCHKEY_SECRET: randomBytes(32).toString('hex'),
    LATCHKEY_ISSUER: ORIGIN,
    LATCHKEY_LOG_LEVEL: 'silent',
    LATCHKEY_SESSION_OVERLAP_SECONDS: '0',
    LATCHKEY_AUDIENCES: AUDIENCE,
  };
  const [cookie = ''] = await signUpToLatchkey(readSettings({ ...environment, LATCHKEY_MODE: 'development' }), 1);
  const { operations } = await createLatchkey(
    // Production asks for a mail server. Nobody listens: what is needed has been mailed before.
    readSettings({ ...environment, LATCHKEY_MODE: 'production', LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:9' }),
  );
  const { store, keys, clock } = operations;
  const signedIn = parseCredential(cookie.slice(cookie.indexOf('=') + 1), 'cookie');
  const found = signedIn && (await findSession(store.queries, signedIn.sessionId));
  if (found === undefined) throw new Error('The session of the cookie is not there');

  return {
    operations,
    begin: async (count) => {
      const sessions = Array.from({ length: count }, () => ({
        ...found.session,
        id: newId('ses', clock(), randomBytes),
        carrier: CARRIER as typeof CARRIER,
        salt: new Uint8Array(randomBytes(SALT_BYTES)),
      }));
      await store.transaction(async (tx) => {
        for (const session of sessions) await insertSession(tx, session);
      });
      return sessions.map((session) => encodeCredential(session, keys.sessionMac));
    },
    refresh: async (token) => {
      const request = { credential: token, carrier: CARRIER, canRenew: true, caller: CALLER } as const;
      const reading = await refreshSession(operations, request);
      if (reading.kind === 'none' || reading.renewal === undefined) return undefined;
      return { session: reading, next: reading.renewal.credential };
    },
  };
}
