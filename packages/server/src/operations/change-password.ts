import { PAGES } from '@latchkey/protocol';
import type { Caller } from '../domain/audit/event.ts';
import type { SessionId, UserId } from '../domain/ids.ts';
import { passwordChangedMessage } from '../domain/mail/messages.ts';
import { decideNewPassword, type PasswordObjection } from '../domain/passwords/policy.ts';
import { encodeCredential } from '../domain/sessions/credential.ts';
import type { Session } from '../domain/sessions/session.ts';
import { deleteTokensOfUser } from '../storage/one-time-tokens.ts';
import { savePasswordHash } from '../storage/users.ts';
import { audit, type OperationContext } from './context.ts';
import { checkBreaches } from './check-breaches.ts';
import { confirmPassword, lockConfirmed } from './confirm-password.ts';
import { pageUrl } from './mailed-link.ts';
import { renewByPassword } from './renew-by-password.ts';
import { voidUser } from './void-user.ts';

export type ChangePasswordResult =
  | {
      readonly kind: 'changed';
      /** How many sessions ended. */
      readonly ended: number;
      /** The one that takes the place of the caller's, and its credential. */
      readonly session: Session;
      readonly credential: string;
    }
  | { readonly kind: 'no_session' }
  | { readonly kind: 'wrong_password' }
  | { readonly kind: 'password_not_allowed'; readonly objection: PasswordObjection };

/**
 * Replaces the password of whoever is signed in and knows the present one. The other sessions end, and with them every
 * link that was mailed. Another session takes the place of this one, which ends once that is used. Of several changes at
 * once one succeeds: for the others the password that they know is the old one by then.
 */
export async function changePassword(
  context: OperationContext,
  input: {
    readonly userId: UserId;
    readonly sessionId: SessionId;
    readonly current: string;
    readonly password: string;
    /** The user's name and address. */
    readonly personal: readonly (string | null)[];
  },
  caller: Caller,
): Promise<ChangePasswordResult> {
  const decision = decideNewPassword(input.password, input.personal);
  if (decision.kind !== 'allowed') return decision;
  const confirmed = await confirmPassword(context, { ...input, password: input.current });
  const checked = confirmed && (await checkBreaches(context, decision.password, caller));
  if (checked?.kind === 'password_not_allowed') return checked;
  // Hashed only for whoever knows the present password, and outside the transaction: it takes long.
  const hash = confirmed && (await context.passwords.hash(decision.password));

  const result = await context.store.transaction(async (tx): Promise<ChangePasswordResult> => {
    const now = context.clock();
    const locked = await lockConfirmed(context, tx, { ...input, confirmed }, now);
    if (locked.kind !== 'locked' || hash === undefined) {
      const kind = locked.kind === 'no_session' ? 'no_session' : 'wrong_password';
      await audit(context, tx, now, {
        type: 'user.password_changed',
        outcome: 'failure',
        actor: input.userId,
        target: input.userId,
        caller,
        details: { reason: kind },
      });
      return { kind };
    }
    const { user } = locked;
    const session = await renewByPassword(context, tx, locked.session, caller, now);
    await savePasswordHash(tx, user.id, hash, now);
    await deleteTokensOfUser(tx, user.id);
    const ended = await voidUser(context, tx, now, {
      userId: user.id,
      except: [input.sessionId, session.id],
      reason: 'password_changed',
      event: { type: 'user.password_changed', actor: user.id, caller, details: { session: session.id } },
      mail: passwordChangedMessage(user.email, pageUrl(context, PAGES.forgotPassword).href),
    });
    return { kind: 'changed', ended, session, credential: encodeCredential(session, context.keys.sessionMac) };
  });
  if (result.kind === 'changed') context.sessions.forgetUser(input.userId);
  return result;
}
