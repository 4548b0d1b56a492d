import { createAccounts } from './accounts/create-accounts.ts';
import { createApp } from './http/app.ts';
import type { Log } from './http/environment.ts';
import { mountMailPages } from './jobs/mail-routes.ts';
import { startJobs } from './jobs/start-jobs.ts';
import { createBell } from './operations/bell.ts';
import type { ForumContext } from './operations/context.ts';
import { seedFirstQuestion } from './seed/first-question.ts';
import type { Settings } from './settings.ts';
import { openDatabase } from './storage/open-database.ts';

export interface Forum {
  /** Answers a request to the forum. */
  fetch(request: Request): Response | Promise<Response>;
  /** Ends event streams, which would never end by themselves; no other begins. */
  endStreams(): void;
  /** Stops what goes on in the background and closes the database. Requests must have ended before. */
  close(): Promise<void>;
}

/**
 * The forum, without a socket: a database, an app and its jobs. It does not wait for Latchkey: while that is down,
 * strangers read on.
 */
export async function createForum(settings: Settings, log: Log, clock: () => number = Date.now): Promise<Forum> {
  const database = openDatabase(settings.database);
  const listenerFailed = (error: unknown) => log.error({ err: error }, 'a listener of notifications failed');
  const context: ForumContext = { database, clock, bell: createBell(listenerFailed) };
  // What a visitor reads first, and tries the forum on.
  if (settings.mode === 'development') seedFirstQuestion(context);
  const accounts = await createAccounts(settings, context, log).catch((error: unknown) => {
    database.close();
    throw error;
  });
  const jobs = startJobs({ context, settings, accounts, log });
  mountMailPages(accounts.routes, { settings, seals: accounts.seals, sendNow: jobs.sendDigestsNow });
  const stopping = new AbortController();
  const { url: origin, issuer } = settings;
  const app = createApp({ context, accounts, log, origin, issuer, stopping: stopping.signal });
  return {
    fetch: (request) => app.fetch(request),
    endStreams: () => stopping.abort(),
    close: async () => {
      stopping.abort();
      await jobs.stop();
      await accounts.close();
      database.close();
    },
  };
}
