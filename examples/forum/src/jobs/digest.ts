import type { AccountDirectory } from '../accounts/account-directory.ts';
import { LatchkeyUnavailable } from '../accounts/authorization-server.ts';
import type { Seals } from '../accounts/sealed.ts';
import type { Instant } from '../domain/types.ts';
import type { Log } from '../http/environment.ts';
import type { ForumContext } from '../operations/context.ts';
import { claimDigest, digestsDue, releaseDigest } from '../operations/index.ts';
import { digestMail } from './digest-mail.ts';
import type { Mailer } from './mailer.ts';
import { unsubscribeToken } from './unsubscribe-link.ts';

const DAY_MS = 86_400_000;
/** The epoch was a Thursday; digests go out on Mondays at 8:00 UTC. */
const FIRST_MONDAY = 4 * DAY_MS + 8 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;

export interface DigestParts {
  readonly context: ForumContext;
  readonly directory: Pick<AccountDirectory, 'find'>;
  readonly mailer: Mailer;
  readonly seals: Seals;
  /** The forum's origin. */
  readonly url: string;
  readonly log: Log;
}

/** When the week began that a digest of now is for. */
export function weekOf(now: Instant): Instant {
  return now - ((((now - FIRST_MONDAY) % WEEK_MS) + WEEK_MS) % WEEK_MS);
}

/**
 * Sends each digest that is due: at most once to an author since `since`, however many processes do this and however often
 * they are started again. One that the mail server does not take now is due again at the next time. Where a process ends, or
 * a connection, before the answer is there, nobody knows whether it was sent: there is none before the next week.
 *
 * @returns How many were sent.
 * @throws Where it makes no sense to go on: Latchkey or the mail server cannot be reached.
 */
export async function sendDigests(parts: DigestParts, since: Instant, isStopping: () => boolean): Promise<number> {
  const { context, directory, mailer, seals, url, log } = parts;
  let sent = 0;
  let isReady = false;
  for (const digest of digestsDue(context, { since })) {
    if (isStopping()) break;
    if (!isReady) await mailer.ready();
    isReady = true;
    const { authorId } = digest;
    // Asked for when it is needed: the forum keeps no address, so none of it can be old, or be lost.
    const account = await directory.find(authorId);
    const claim = claimDigest(context, { authorId, since });
    if (claim === undefined || account.kind === 'gone' || account.isBanned) continue;
    const mail = digestMail(digest, account.email, { url, unsubscribeToken: unsubscribeToken(seals, authorId) });
    const sending = await mailer.send(mail);
    if (sending === 'sent') {
      sent += 1;
      continue;
    }
    if (sending === 'later') releaseDigest(context, claim);
    log.warn({ author: authorId, sending }, 'a digest was not taken by the mail server');
  }
  return sent;
}

/** As {@link sendDigests}; what keeps it from beginning goes to the log, and is tried again at the next time. */
export async function sendDueDigests(parts: DigestParts, since: Instant, isStopping: () => boolean): Promise<void> {
  try {
    const sent = await sendDigests(parts, since, isStopping);
    if (sent > 0) parts.log.info({ sent }, 'digests were sent');
  } catch (error) {
    const message = error instanceof LatchkeyUnavailable ? 'digests wait for Latchkey' : 'digests could not be sent';
    parts.log.warn({ err: error }, message);
  }
}
