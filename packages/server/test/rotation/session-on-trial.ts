import type { Caller } from '../../src/domain/audit/event.ts';
import type { SessionId, UserId } from '../../src/domain/ids.ts';
import { encodeCredential } from '../../src/domain/sessions/credential.ts';
import type { Session } from '../../src/domain/sessions/session.ts';
import { refreshSession, type SessionReading, type SessionRequest } from '../../src/operations/refresh-session.ts';
import type { OperationContext } from '../../src/operations/context.ts';
import type { SessionRow } from '../../src/storage/schema.ts';
import { insertSession } from '../../src/storage/sessions.ts';
import { aSession, addUser } from '../storage/nodes.ts';
import type { TestNode } from './nodes.ts';

/** Who asks, unless a test says otherwise: the same network and browser as at sign-in. */
export const HOLDER: Caller = { network: '192.0.2.1', userAgent: 'Browser/1.0 (ünïcode)' };
export const STRANGER: Caller = { network: '198.51.100.7', userAgent: 'curl/8' };

type Presentation = Partial<Omit<SessionRequest, 'credential'>> & { readonly on?: TestNode };

/** A session of a user of its own, and all that tells of it. */
export interface SessionOnTrial {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly carrier: Session['carrier'];
  /** A credential that the server could have made. */
  credential(generation: number, attempt?: number): string;
  /** Presents a credential, by default to the node that the session was begun on. */
  present(credential: string, presentation?: Presentation): Promise<SessionReading>;
  row(): Promise<SessionRow>;
  /** How many rows there are of its user. */
  count(): Promise<number>;
  /** Audit events of the session, the oldest first, with their details. */
  audit(): Promise<readonly { readonly type: string; readonly details: unknown }[]>;
  /** `kind key` of its events in the revocation log. */
  revocations(): Promise<readonly string[]>;
  /** Kinds of the mails to its user. */
  mails(): Promise<readonly string[]>;
}

export async function beginSession(node: TestNode, changes: Partial<Session> = {}): Promise<SessionOnTrial> {
  const { store, clock } = node.operations;
  const now = clock();
  const userId = await addUser(store);
  const HOUR_MS = 3_600_000;
  const session = aSession(userId, {
    rotatedAt: now,
    createdAt: now,
    authTime: now,
    lastUsedAt: now,
    idleExpiresAt: now + 7 * 24 * HOUR_MS,
    expiresAt: now + 30 * 24 * HOUR_MS,
    previousAttempt: null,
    ...HOLDER,
    ...changes,
  });
  await store.transaction((tx) => insertSession(tx, session));
  return onTrial(node, session);
}

/** A session that has begun. */
export function onTrial(node: TestNode, session: Session): SessionOnTrial {
  const { id, userId, carrier } = session;
  const { keys } = node.operations;
  return {
    id,
    userId,
    carrier,
    credential: (generation, attempt = 0) => encodeCredential({ ...session, generation, attempt }, keys.sessionMac),
    present: async (credential, { on = node, ...more } = {}) =>
      refreshSession(on.operations, { credential, carrier, canRenew: true, caller: HOLDER, ...more }),
    ...tracesOf(node.operations, id, userId),
  };
}

function tracesOf({ store: { queries } }: OperationContext, id: SessionId, userId: UserId) {
  return {
    row: () => queries.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    count: async () =>
      (await queries.selectFrom('sessions').select('id').where('user_id', '=', userId).execute()).length,
    audit: async () => {
      const events = await queries
        .selectFrom('audit_events')
        .select(['type', 'outcome', 'actor', 'network', 'user_agent', 'details'])
        .where('target', '=', id)
        .orderBy('id')
        .execute();
      return events.map(({ details, ...event }) => ({ ...event, details: JSON.parse(details ?? 'null') as unknown }));
    },
    revocations: async () => {
      const events = await queries
        .selectFrom('revocation_events')
        .select(['kind', 'key'])
        .where('key', 'like', `${id}%`)
        .orderBy('seq')
        .execute();
      return events.map(({ kind, key }) => `${kind} ${key.replace(id, 'it')}`);
    },
    mails: async () => {
      const mails = await queries
        .selectFrom('mail_outbox')
        .innerJoin('users', 'users.email', 'mail_outbox.to_address')
        .select('kind')
        .where('users.id', '=', userId)
        .execute();
      return mails.map(({ kind }) => kind);
    },
  };
}

/** Every row of every table, as text: two that are the same show that nothing was written in between. */
export async function everything({ operations: { store } }: TestNode): Promise<string> {
  const tables = await store.queries.introspection.getTables();
  const rows = await Promise.all(
    tables.map(async ({ name }) => {
      const all = await store.queries
        .selectFrom(name as 'sessions')
        .selectAll()
        .execute();
      return [name, all.map((row) => JSON.stringify(row)).toSorted()] as const;
    }),
  );
  return JSON.stringify(rows);
}

/** A reading in short: `live`, `live + renewal`, or why there is no session. */
export function outcomeOf(reading: SessionReading): string {
  if (reading.kind === 'none') return reading.reason;
  return reading.renewal === undefined ? 'live' : 'live + renewal';
}

/** The credential that the answer carries; undefined for none. */
export function renewalOf(reading: SessionReading): string | undefined {
  return reading.kind === 'live' ? reading.renewal?.credential : undefined;
}
