import { MAX_SLOTS } from '@latchkey/protocol';
import type { User } from '../domain/users/user.ts';
import type { AccountSwitcherModel } from '../pages/account-switcher.ts';
import { checkSession } from './check-session.ts';
import { credentialPlace, requestedSlot } from './cookies.ts';
import type { AppContext, HttpDependencies } from './environment.ts';

/** An account that this browser is signed in to. */
export interface BrowserAccount {
  /** Undefined for the one without a slot. */
  readonly slot: number | undefined;
  readonly user: User;
}

const SLOTS: readonly (number | undefined)[] = [undefined, ...Array.from({ length: MAX_SLOTS }, (_, slot) => slot)];

/**
 * The accounts that this browser's cookies hold, the one without a slot first. Nothing rotates: one answer for eleven
 * cookies that other tabs may be renewing would put old ones over newer ones.
 *
 * @param known - Whoever this request has been found to be already: that cookie is not read a second time, for it may have
 * rotated a moment ago.
 */
export async function browserAccounts(
  c: AppContext,
  { operations }: HttpDependencies,
  known?: BrowserAccount,
): Promise<readonly BrowserAccount[]> {
  const cookie = c.req.header('Cookie');
  const { caller } = c.var;
  const found = await Promise.all(
    SLOTS.map(async (slot): Promise<BrowserAccount | undefined> => {
      if (known !== undefined && known.slot === slot) return known;
      const place = credentialPlace(c, operations.policy.issuer, slot);
      const { session } = await checkSession(operations, { cookie, slot, place, caller, canSetCookie: false });
      return session && { slot, user: session.user };
    }),
  );
  return found.filter((account) => account !== undefined);
}

/** The first slot that none of the accounts has; undefined where all are taken. */
function firstFreeSlot(accounts: readonly Pick<BrowserAccount, 'slot'>[]): number | undefined {
  const taken = new Set(accounts.map(({ slot }) => slot));
  return SLOTS.find((slot) => slot !== undefined && !taken.has(slot));
}

/** The same for a page. @param known - As for {@link browserAccounts}. */
export async function pageAccounts(
  c: AppContext,
  dependencies: HttpDependencies,
  known?: BrowserAccount,
): Promise<AccountSwitcherModel> {
  const accounts = await browserAccounts(c, dependencies, known);
  return {
    accounts: accounts.map(({ slot, user: { name, email } }) => ({ slot, name, email })),
    current: requestedSlot(c),
    freeSlot: firstFreeSlot(accounts),
  };
}
