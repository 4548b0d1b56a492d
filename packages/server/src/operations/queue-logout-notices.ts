import { newId, type RandomBytes } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { insertLogoutNotices, listUntoldLogouts } from '../storage/logout-notices.ts';
import { listToldOfLogouts, takeSignedInClients, type EndOfSessions } from '../storage/signed-in-clients.ts';
import type { Tx } from '../storage/store.ts';

/**
 * Has the clients that know of an ended session told so once the transaction is committed (OpenID Connect Back-Channel
 * Logout §2.3). Call it after the end is written, and before the revocation log, whose head is locked last.
 */
export async function queueLogoutNotices(
  { random }: { readonly random: RandomBytes },
  tx: Tx,
  now: Instant,
  end: EndOfSessions,
): Promise<void> {
  const clients = await takeSignedInClients(tx, end, now);
  const told = await listToldOfLogouts(
    tx,
    clients.map(({ clientId }) => clientId),
  );
  // One that waits says it all.
  const sessionIds = clients.map(({ sessionId }) => sessionId);
  const untold = await listUntoldLogouts(tx, sessionIds, [...told]);
  const notices = clients
    .filter(({ sessionId, clientId }) => told.has(clientId) && !untold.has(`${sessionId} ${clientId}`))
    .map((client) => ({ ...client, id: newId('lgo', now, random) }));
  await insertLogoutNotices(tx, notices, now);
}
