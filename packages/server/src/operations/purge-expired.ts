import { DAY_MS } from '../domain/instant.ts';
import { purgeOneTimeTokens } from '../storage/one-time-tokens.ts';
import { purgeRevocations } from '../storage/revocations.ts';
import { purgeSessions } from '../storage/sessions.ts';
import type { OperationContext } from './context.ts';
import { purgeSigningKeys } from './manage-signing-keys.ts';

/** A session's row stays for a while after it expired, so that the log can still tell what a late cookie was. */
const SESSION_KEPT_MS = 7 * DAY_MS;

/** Removes rows that nothing can refer to any more. Safe to run on every node at the same time. */
export async function purgeExpired(context: OperationContext): Promise<void> {
  const now = context.clock();
  await context.store.transaction(async (tx) => {
    await purgeOneTimeTokens(tx, now);
    await purgeSessions(tx, now - SESSION_KEPT_MS);
    await purgeRevocations(tx, now);
  });
  await purgeSigningKeys(context);
}
