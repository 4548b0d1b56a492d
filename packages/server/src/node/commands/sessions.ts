import { isSessionId, type SessionId } from '../../domain/ids.ts';
import { deviceLabel } from '../../domain/sessions/device-label.ts';
import { endSessionByOperator } from '../../operations/end-sessions.ts';
import { listSessionsPage } from '../../operations/list-sessions.ts';
import { findUserOf } from '../../operations/manage-users.ts';
import type { ListedSession } from '../../storage/sessions.ts';
import { CommandError } from '../command-error.ts';
import type { Settings } from '../settings.ts';
import { withOperations } from '../with-operations.ts';

interface Output {
  readonly json: boolean;
}

/** Prints a page of the live sessions, the oldest first, of one user or of everybody. */
export async function listSessionsCommand(
  settings: Settings,
  page: { readonly user: string | undefined; readonly after: string | undefined; readonly limit: number },
  { json }: Output,
): Promise<void> {
  await withOperations(settings, async (operations) => {
    const { user: email, after, limit } = page;
    const user = email === undefined ? undefined : await findUserOf(operations, email);
    if (email !== undefined && user === undefined) {
      throw new CommandError(
        `There is no account with the address ${email}.`,
        'Run `latchkey users list` to see them.',
      );
    }
    const { items, next } = await listSessionsPage(operations, { userId: user?.id, after, limit });
    if (json) return write(JSON.stringify({ sessions: items.map(represent), next: next ?? null }));
    if (items.length === 0) return write('Nobody is signed in.');
    const lines = items.map(({ session, email: owner }) =>
      [session.id, isoOf(session.lastUsedAt), owner, deviceLabel(session.userAgent), session.network ?? ''].join('  '),
    );
    if (next !== undefined) lines.push(`More: latchkey sessions list --after ${next}`);
    write(lines.join('\n'));
  });
}

/** Ends a session: its cookie at once, its access tokens by the revocation log. */
export async function revokeSessionCommand(settings: Settings, id: string, { json }: Output): Promise<void> {
  await withOperations(settings, async (operations) => {
    if (!(await endSessionByOperator(operations, requireSessionId(id), 'cli'))) {
      throw new CommandError(
        `There is no live session ${id}.`,
        'Run `latchkey sessions list` to see those that there are.',
      );
    }
    write(json ? JSON.stringify({ id, revoked: true }) : `${id} is revoked. Servers that run follow within seconds.`);
  });
}

function requireSessionId(text: string): SessionId {
  if (isSessionId(text)) return text;
  throw new CommandError(
    `${text} is not the id of a session: those begin with ses_.`,
    'Run `latchkey sessions list` to see the ids of all sessions.',
  );
}

function represent({ session, email }: ListedSession) {
  return {
    id: session.id,
    user_id: session.userId,
    email,
    client_id: session.clientId,
    created_at: isoOf(session.createdAt),
    last_used_at: isoOf(session.lastUsedAt),
    expires_at: isoOf(Math.min(session.expiresAt, session.idleExpiresAt)),
    device: deviceLabel(session.userAgent),
    user_agent: session.userAgent,
    network: session.network,
  };
}

function isoOf(instant: number): string {
  return new Date(instant).toISOString();
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}
