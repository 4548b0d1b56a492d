import { newId, type RandomBytes } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { insertLogoutNotices } from '../storage/logout-notices.ts';
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
  const notices = clients
    .filter(({ clientId }) => told.has(clientId))
    .map((client) => ({ ...client, id: newId('lgo', now, random) }));
  await insertLogoutNotices(tx, notices, now);
}
