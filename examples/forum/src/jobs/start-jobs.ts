import type { ForumAccounts } from '../accounts/create-accounts.ts';
import type { Log } from '../http/environment.ts';
import type { ForumContext } from '../operations/context.ts';
import type { Settings } from '../settings.ts';
import { forgetUsed } from '../storage/used-once.ts';
import { sendDueDigests, weekOf } from './digest.ts';
import { createMailer } from './mailer.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Latchkey may be started after the forum. */
const RETRY_MS = MINUTE_MS;
/** How long a mail waits that was not taken (RFC 5321 §4.5.4.1). */
const DIGEST_INTERVAL_MS = 30 * MINUTE_MS;
/** Who was deleted while the forum was down is found by this at the latest. */
const SWEEP_INTERVAL_MS = 24 * HOUR_MS;

interface Job {
  /** Begins nothing more, and waits for what is under way. */
  stop(): Promise<void>;
}

export interface Jobs extends Job {
  /** Sends the digests of whoever has something new since the last one; undefined without a service account. */
  readonly sendDigestsNow: (() => Promise<void>) | undefined;
}

/** What the forum does by itself, in its own process. */
export function startJobs(parts: {
  readonly context: ForumContext;
  readonly settings: Settings;
  readonly accounts: Pick<ForumAccounts, 'directory' | 'formerMembers' | 'seals'>;
  readonly log: Log;
}): Jobs {
  const { context, settings, log } = parts;
  const { directory, formerMembers, seals } = parts.accounts;
  const mailer = createMailer(settings, context);
  let isStopped = false;
  const isStopping = () => isStopped;
  const jobs = [every(HOUR_MS, log, async () => forgetUsed(context.database, context.clock()))];
  let sendDigestsNow: Jobs['sendDigestsNow'];
  if (directory === undefined || formerMembers === undefined) {
    log.warn({}, 'without a service account there are no digests, and former members keep their names');
  } else {
    const digest = { context, directory, mailer, seals, url: settings.url, log };
    jobs.push(every(DIGEST_INTERVAL_MS, log, () => sendDueDigests(digest, weekOf(context.clock()), isStopping)));
    sendDigestsNow = () => sendDueDigests(digest, context.clock(), isStopping);
    jobs.push(every(SWEEP_INTERVAL_MS, log, () => formerMembers.sweep(isStopping)));
  }
  return {
    sendDigestsNow,
    stop: async () => {
      isStopped = true;
      await Promise.all(jobs.map((job) => job.stop()));
      mailer.close();
    },
  };
}

/** Now, and so long after it has ended each time; sooner where it failed. What it throws goes to the log. */
function every(intervalMs: number, log: Log, work: () => Promise<void>): Job {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const attempt = async (): Promise<number> => {
    try {
      await work();
      return intervalMs;
    } catch (error) {
      log.warn({ err: error }, 'a job failed, and will be tried again');
      return Math.min(intervalMs, RETRY_MS);
    }
  };
  const begin = async (): Promise<void> => {
    const waitMs = await attempt();
    if (!isStopped) timer = setTimeout(again, waitMs).unref();
  };
  const again = () => {
    running = begin();
  };
  let running = begin();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
