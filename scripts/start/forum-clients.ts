import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { z } from 'zod';

/** Runs `latchkey …` with the settings of the server; resolves with what it printed. */
type RunLatchkey = (...args: readonly string[]) => Promise<string>;

/** What the forum of development is at the server, kept beside its database. */
const registrations = z.object({
  url: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  jobClientId: z.string(),
  forumSecret: z.string(),
});
type ForumRegistrations = z.infer<typeof registrations>;

interface ForumPlace {
  /** Origin of the forum, such as `http://localhost:4500`. */
  readonly url: string;
  /** The name that tokens for the forum carry: it stays when the port changes. */
  readonly audience: string;
  /** Where the registrations are kept, readable for their owner alone. */
  readonly file: string;
  /** Where the private key of the forum's job is kept. */
  readonly keyFile: string;
}

const knownClients = z.array(z.object({ client_id: z.string(), disabled: z.boolean() }));
const addedClient = z.object({ client_id: z.string(), client_secret: z.string().optional() });

/**
 * Registers the forum as a client of the server in development: once, and anew where the server has lost it or the
 * forum's address is another one.
 */
export async function registerForum(latchkey: RunLatchkey, place: ForumPlace): Promise<ForumRegistrations> {
  const kept = await readKept(place);
  const isForHere = kept?.url === place.url && existsSync(place.keyFile);
  if (isForHere && (await areKnown(latchkey, [kept.clientId, kept.jobClientId]))) return kept;
  await mkdir(dirname(place.file), { recursive: true, mode: 0o700 });
  // The key of a job that the server does not know is of no use, and a key file is never written over.
  await rm(place.keyFile, { force: true });
  const forum = await addClient(latchkey, 'Sawal', {
    grant: ['authorization_code', 'refresh_token'],
    'first-party': [],
    'redirect-uri': [`${place.url}/callback`],
    'post-logout-redirect-uri': [`${place.url}/`],
    'backchannel-logout-uri': [`${place.url}/backchannel-logout`],
    scope: ['openid profile revocations:read introspect'],
    audience: [place.audience],
  });
  const job = await addClient(latchkey, 'Sawal: letters and accounts', {
    grant: ['client_credentials'],
    scope: ['admin:users:read'],
    'auth-method': ['private_key_jwt'],
    'generate-key': [place.keyFile],
  });
  const made: ForumRegistrations = {
    url: place.url,
    clientId: forum.client_id,
    clientSecret: forum.client_secret ?? '',
    jobClientId: job.client_id,
    // Another one would leave all that is sealed in the forum's database unreadable.
    forumSecret: kept?.forumSecret ?? randomBytes(32).toString('base64url'),
  };
  await writeFile(place.file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  return made;
}

async function readKept({ file }: ForumPlace): Promise<ForumRegistrations | undefined> {
  return existsSync(file) ? registrations.parse(JSON.parse(await readFile(file, 'utf8'))) : undefined;
}

async function areKnown(latchkey: RunLatchkey, ids: readonly string[]): Promise<boolean> {
  const clients = knownClients.parse(JSON.parse(await latchkey('clients', 'list', '--json')));
  const enabled = new Set(clients.filter(({ disabled }) => !disabled).map((client) => client.client_id));
  return ids.every((id) => enabled.has(id));
}

/** @param options - By name, with their values; one that takes none has none. */
async function addClient(latchkey: RunLatchkey, name: string, options: Readonly<Record<string, readonly string[]>>) {
  const args = Object.entries(options).flatMap(([option, values]) =>
    values.length === 0 ? [`--${option}`] : values.flatMap((value) => [`--${option}`, value]),
  );
  return addedClient.parse(JSON.parse(await latchkey('clients', 'add', name, ...args, '--json')));
}
