import { CONTINUATION_LIFE_MS } from '../domain/authorization/continuation.ts';
import { DAY_MS } from '../domain/instant.ts';
import { purgeAuthorizationCodes } from '../storage/authorization-codes.ts';
import { purgeOneTimeTokens } from '../storage/one-time-tokens.ts';
import { purgePushedRequests } from '../storage/pushed-requests.ts';
import { purgeRateLimits } from '../storage/rate-limits.ts';
import { purgeRegistrations } from '../storage/registrations.ts';
import { purgeRevocations } from '../storage/revocations.ts';
import { purgeSessions } from '../storage/sessions.ts';
import { purgeSignedInClients } from '../storage/signed-in-clients.ts';
import type { Tx } from '../storage/store.ts';
import { purgeUsedTokenIds } from '../storage/used-token-ids.ts';
import { purgeAuditEvents } from './chain-audit-events.ts';
import type { OperationContext } from './context.ts';
import { purgeSigningKeys } from './manage-signing-keys.ts';

/** A session's row stays for a while after it expired, so that the log can still tell what a late cookie was. */
const SESSION_KEPT_MS = 7 * DAY_MS;
/** A code stays for a while after it expired, so that a second use still ends what the first one gave. */
const CODE_KEPT_MS = DAY_MS;
/** Rows removed in one transaction: after a long stop there may be millions, and others wait for the database too. */
const BATCH = 1000;

/** Removes rows that nothing can refer to any more. Safe to run on every node at the same time. */
export async function purgeExpired(context: OperationContext): Promise<void> {
  const now = context.clock();
  await purgeAll(context, (tx) => purgeOneTimeTokens(tx, now, BATCH));
  await purgeAll(context, (tx) => purgeAuthorizationCodes(tx, now - CODE_KEPT_MS, BATCH));
  await purgeAll(context, (tx) => purgePushedRequests(tx, now - CONTINUATION_LIFE_MS, BATCH));
  await purgeAll(context, (tx) => purgeUsedTokenIds(tx, now, BATCH));
  await purgeAll(context, (tx) => purgeRegistrations(tx, now, BATCH));
  await purgeAll(context, (tx) => purgeSignedInClients(tx, now, BATCH));
  await purgeAll(context, (tx) => purgeSessions(tx, now - SESSION_KEPT_MS, BATCH));
  await purgeAll(context, (tx) => purgeRevocations(tx, now, BATCH));
  await purgeAll(context, (tx) => purgeRateLimits(tx, now, BATCH));
  await purgeSigningKeys(context);
  // Last: it fails where the audit log was changed.
  await purgeAuditEvents(context);
}

async function purgeAll({ store }: OperationContext, purgeBatch: (tx: Tx) => Promise<number>): Promise<void> {
  let purged = BATCH;
  while (purged >= BATCH) purged = await store.transaction(purgeBatch);
}
