import { z } from 'zod';
import { ADMIN_ROUTES } from '@latchkey/protocol';
import { adminSessionListResponse } from '@latchkey/protocol/schemas';
import { isSessionId, type SessionId } from '../../domain/ids.ts';
import { AdminApiError, type Administer } from '../admin-api/admin-api.ts';
import { followPages } from '../admin-api/follow-pages.ts';
import { CommandError } from '../command-error.ts';
import { requireUserOf } from './find-user.ts';
import { write, type Output } from './output.ts';

/** Prints a page of the live sessions, the oldest first, of one user or of everybody. */
export async function listSessionsCommand(
  administer: Administer,
  page: { readonly user: string | undefined; readonly after: string | undefined; readonly limit: number },
  { json }: Output,
): Promise<void> {
  await administer(async (api) => {
    const user = page.user === undefined ? undefined : (await requireUserOf(api, page.user)).id;
    const readPage = async (cursor: string | undefined, limit: string) => {
      const query = { user, cursor, limit };
      const { sessions, next } = await api.call({
        path: ADMIN_ROUTES.sessions,
        query,
        answer: adminSessionListResponse,
      });
      return { items: sessions, next };
    };
    const { items, next } = await followPages(readPage, page.after, page.limit);
    if (json) return write(JSON.stringify({ sessions: items, next }));
    if (items.length === 0) return write('Nobody is signed in.');
    const lines = items.map(({ id, last_used_at: lastUsedAt, email, device, network }) =>
      [id, lastUsedAt, email, device, network ?? ''].join('  '),
    );
    if (next !== null) lines.push(`More: latchkey sessions list --after ${next}`);
    write(lines.join('\n'));
  });
}

/** Ends a session: its cookie at once, its access tokens by the revocation log. */
export async function revokeSessionCommand(administer: Administer, id: string, { json }: Output): Promise<void> {
  const path = `${ADMIN_ROUTES.sessions}/${requireSessionId(id)}`;
  await administer(async (api) => {
    await api.call({ method: 'DELETE', path, answer: z.undefined() }).catch((error: unknown) => {
      if (!(error instanceof AdminApiError) || error.problem.status !== 404) throw error;
      throw new CommandError(
        `There is no live session ${id}.`,
        'Run `latchkey sessions list` to see those that there are.',
      );
    });
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
