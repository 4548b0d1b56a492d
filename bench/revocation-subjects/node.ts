import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLatchkey, readSettings } from 'latchkey';
import { nodeSession } from 'latchkey/node';
import { INTROSPECT_SCOPE, REVOCATIONS_SCOPE } from '@latchkey/protocol';
import { newId, type SessionId } from '../../packages/server/src/domain/ids.ts';
import { parseCredential } from '../../packages/server/src/domain/sessions/credential.ts';
import type { Session } from '../../packages/server/src/domain/sessions/session.ts';
import { listen } from '../../packages/server/src/node/serve.ts';
import { revoke, type OperationContext } from '../../packages/server/src/operations/context.ts';
import { endOneSession } from '../../packages/server/src/operations/end-sessions.ts';
import { issueAccessToken } from '../../packages/server/src/operations/issue-access-token.ts';
import { addClient } from '../../packages/server/src/operations/manage-clients.ts';
import { findSession, insertSession } from '../../packages/server/src/storage/sessions.ts';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { answerParent } from '../harness/answer-parent.ts';
import { createUsageMeter, type Usage } from '../harness/usage-meter.ts';
import { ORIGIN } from '../session-subjects/account.ts';
import { answerOk, answerUnauthorized } from '../session-subjects/serve-session-subject.ts';
import { signUpToLatchkey } from '../session-subjects/sign-up-to-latchkey.ts';
import { AUDIENCE, type FeedAddress } from './feed-address.ts';

export interface NodeOptions {
  readonly databaseUrl: string;
  /** The same for all nodes of a database. */
  readonly secret: string;
  /** Makes the account whose sessions are begun and checked. The first node of a database does. */
  readonly withAccount: boolean;
}

export interface OpenedNode {
  readonly feed: FeedAddress;
  /** Of a handler of `node:http` beside it in the same process, which answers who is signed in. */
  readonly sessionPort: number;
  /** Of a signed-in browser; empty without an account. */
  readonly cookie: string;
}

export interface BegunSession {
  readonly id: SessionId;
  readonly accessToken: string;
}

/** What a Latchkey server in a process of its own can be asked for. */
export interface NodeOperations {
  open(options: NodeOptions): Promise<OpenedNode>;
  /** Begins a session and mints an access token for it. */
  begin(): Promise<BegunSession>;
  /**
   * Ends a session as signing out does.
   *
   * @returns When that was committed: nanoseconds of `process.hrtime`, one clock for all processes of the machine.
   */
  end(id: SessionId): Promise<bigint>;
  /** Writes an event to the log, without a session. */
  revoke(sessionId: SessionId): Promise<void>;
  /** Writes so many events a second from now on, of sessions that nobody asks for. */
  keepRevoking(perSecond: number): void;
  /** What serving took since it was last asked. */
  usage(): Usage;
}

const CALLER = { network: '127.0.0.1', userAgent: 'bench' };
const SALT_BYTES = 16;

let operations: OperationContext;
let template: Session | undefined;
let revoking: NodeJS.Timeout | undefined;

answerParent<NodeOperations>({
  open: openNode,
  begin: async () => {
    if (template === undefined) throw new Error('There is no account');
    const id = newId('ses', operations.clock(), randomBytes);
    const session: Session = { ...template, id, salt: new Uint8Array(randomBytes(SALT_BYTES)) };
    await operations.store.transaction((tx) => insertSession(tx, session));
    const issued = await issueAccessToken(operations, session, { audience: AUDIENCE });
    if (issued.kind !== 'issued') throw new Error(`No access token: ${issued.kind}`);
    return { id, accessToken: issued.accessToken };
  },
  end: async (id) => {
    const userId = template?.userId;
    const hasEnded =
      userId !== undefined && (await endOneSession(operations, { id, userId, reason: 'signed_out' }, CALLER));
    const committedAtNs = process.hrtime.bigint();
    if (!hasEnded) throw new Error('There was no such session');
    return committedAtNs;
  },
  revoke: revokeSession,
  keepRevoking: (perSecond) => {
    clearInterval(revoking);
    if (perSecond === 0) return;
    // What it rejects with ends the process, and with it the measurement.
    revoking = setInterval(() => void revokeSession(`ses_${randomBytes(16).toString('hex')}`), 1000 / perSecond);
  },
  usage: createUsageMeter(),
});

async function openNode({ databaseUrl, secret, withAccount }: NodeOptions): Promise<OpenedNode> {
  const environment = {
    LATCHKEY_DATABASE_URL: databaseUrl,
    LATCHKEY_SECRET: secret,
    LATCHKEY_ISSUER: ORIGIN,
    LATCHKEY_LOG_LEVEL: 'silent',
    LATCHKEY_AUDIENCES: AUDIENCE,
    PORT: String(await findFreePort()),
  };
  const [cookie = ''] = withAccount
    ? await signUpToLatchkey(readSettings({ ...environment, LATCHKEY_MODE: 'development' }), 1)
    : [];
  // Production asks for a mail server. Nobody listens: what is needed has been mailed before.
  const production = { LATCHKEY_MODE: 'production', LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:9' };
  const settings = readSettings({ ...environment, ...production });
  const latchkey = await createLatchkey(settings);
  operations = latchkey.operations;
  if (withAccount) template = await sessionOf(cookie);
  await listen(latchkey, { ...settings, host: '127.0.0.1' });

  const sessionServer = createServer((request, response) => {
    void Promise.resolve(nodeSession(latchkey, request, response)).then((session) =>
      session === undefined ? answerUnauthorized(response) : answerOk(response),
    );
  });
  await new Promise<void>((resolve) => sessionServer.listen(0, '127.0.0.1', resolve));
  return {
    feed: { origin: `http://127.0.0.1:${settings.port}`, client: await addReader() },
    sessionPort: (sessionServer.address() as AddressInfo).port,
    cookie,
  };
}

async function sessionOf(cookie: string): Promise<Session> {
  const signedIn = parseCredential(cookie.slice(cookie.indexOf('=') + 1), 'cookie');
  const found = signedIn && (await findSession(operations.store.queries, signedIn.sessionId));
  if (found === undefined) throw new Error('The session of the cookie is not there');
  return found.session;
}

/** Registers a resource server. */
async function addReader(): Promise<FeedAddress['client']> {
  const registration = {
    name: 'resource server',
    grants: [],
    scope: `${REVOCATIONS_SCOPE} ${INTROSPECT_SCOPE}`,
    audiences: [],
    redirectUris: [],
    isPublic: false,
    authMethod: undefined,
  };
  const added = await addClient(operations, registration, 'bench');
  if (added.kind !== 'added' || added.secret === undefined) throw new Error('The client was refused');
  return { id: added.client.id, secret: added.secret.reveal() };
}

async function revokeSession(key: SessionId): Promise<void> {
  await operations.store.transaction((tx) => revoke(operations, tx, operations.clock(), { kind: 'session', key }));
}
