/** `npm run digest`: sends now what the weekly mail would tell, to everybody who was not told of it yet. */
import { AccountDirectory } from '../accounts/account-directory.ts';
import { ServiceClient } from '../accounts/authorization-server.ts';
import { createSeals } from '../accounts/sealed.ts';
import { createLog } from '../log.ts';
import { createBell } from '../operations/bell.ts';
import { readSettings } from '../settings.ts';
import { openDatabase } from '../storage/open-database.ts';
import { sendDigests } from './digest.ts';
import { createMailer } from './mailer.ts';

const settings = readSettings(process.env);
const { job, issuer, url, secret } = settings;
if (job === undefined) {
  console.error('A digest needs a service account: FORUM_JOB_CLIENT_ID and FORUM_JOB_KEY_FILE.');
  process.exit(1);
}
const database = openDatabase(settings.database);
const context = { database, clock: Date.now, bell: createBell() };
const mailer = createMailer(settings, context);
const directory = new AccountDirectory(issuer, await ServiceClient.open(issuer, job, context.clock));
const parts = { context, directory, mailer, seals: createSeals(secret), url, log: createLog(settings) };
try {
  console.log(`Digests sent: ${await sendDigests(parts, context.clock(), () => false)}`);
} finally {
  mailer.close();
  database.close();
}
