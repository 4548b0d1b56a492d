import type { EmailAddress } from '../domain/email-addresses/parse.ts';
import type { UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { Tx } from '../storage/store.ts';
import { findUserByEmail, setUserEmail } from '../storage/users.ts';

/**
 * Gives the user an address that it has just proven to read. Somebody who only signed up with it does not stand in the
 * way. The caller holds the user's row locked.
 *
 * @returns False where another account has the address.
 * @throws {@link AddressTakenError} Another account got it at this moment: the transaction is to be rolled back.
 */
export async function takeAddress(tx: Tx, id: UserId, email: EmailAddress, now: Instant): Promise<boolean> {
  // Not locked: two users who swap addresses would wait for each other. The unique index decides in the end.
  const owner = await findUserByEmail(tx, email.key);
  if (owner !== undefined && owner.id !== id) return false;
  await setUserEmail(tx, id, email, now);
  return true;
}
