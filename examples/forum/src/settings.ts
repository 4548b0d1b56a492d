import { z } from 'zod';

/** All that the forum is told from outside. */
export interface Settings {
  readonly mode: 'development' | 'production';
  readonly port: number;
  readonly host: string;
  /** The forum's origin as browsers have it, without a slash at its end. */
  readonly url: string;
  /** Its name in access tokens (`aud`). A name, not an address: it stays when the address changes. */
  readonly audience: string;
  readonly database: string;
  /** Seals tokens and signs sessions: another one signs everybody out. */
  readonly secret: string;
  /** Latchkey's issuer identifier. */
  readonly issuer: string;
  /** The forum as Latchkey's client: signs people in, follows what is revoked. */
  readonly client: { readonly id: string; readonly secret: string };
  /** The service account of its jobs. Undefined: no digests, and posts of deleted accounts keep their names. */
  readonly job: { readonly clientId: string; readonly keyFile: string } | undefined;
  /** Undefined in development: mails are kept and shown at /dev/mail. */
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** Names each setting that is wrong, and what it may be; never what it was, for some of them are secrets. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);
const isLoopback = ({ hostname }: URL) => LOOPBACK.has(hostname);
/** An origin that a browser treats as secure. */
const origin = z.string().refine((text) => {
  const url = URL.parse(text);
  return url?.origin === text && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)));
}, 'an origin like https://forum.example.com, without a path; http on localhost alone');
const filled = z.string('something').min(1, 'something');

const environment = z.object({
  FORUM_MODE: z.enum(['development', 'production'], 'development or production').default('development'),
  FORUM_PORT: z.coerce.number().int().min(0).max(65_535, 'a port').default(4500),
  FORUM_HOST: filled.default('127.0.0.1'),
  FORUM_URL: origin.optional(),
  FORUM_AUDIENCE: filled.default('http://localhost:4500'),
  FORUM_DATABASE: filled.default('./data/forum.db'),
  FORUM_SECRET: z.string('32 characters or more: openssl rand -base64 32').min(32, '32 characters or more'),
  LATCHKEY_ISSUER: origin.default('http://localhost:4400'),
  FORUM_CLIENT_ID: filled,
  FORUM_CLIENT_SECRET: filled,
  FORUM_JOB_CLIENT_ID: filled.optional(),
  FORUM_JOB_KEY_FILE: filled.optional(),
  FORUM_SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'smtp://host:port or smtps://…' }).optional(),
  FORUM_MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]+$/, 'one line')
    .default('Sawal <sawal@localhost>'),
  FORUM_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent'], 'debug to error, or silent').default('info'),
});

/**
 * @param variables - The environment: see README.md for what each is.
 * @throws {SettingsError} that names all that is wrong at once.
 */
export function readSettings(variables: Readonly<Record<string, string | undefined>>): Settings {
  // An empty one is one that nobody set.
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const read = environment.safeParse(given);
  if (!read.success) {
    throw new SettingsError(read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  }
  const { data } = read;
  const url = data.FORUM_URL ?? `http://localhost:${data.FORUM_PORT}`;
  const { FORUM_JOB_CLIENT_ID: jobId, FORUM_JOB_KEY_FILE: keyFile } = data;
  const isForUsAlone = LOOPBACK.has(data.FORUM_HOST) && isLoopback(new URL(url));
  const problems = [
    (jobId === undefined) !== (keyFile === undefined) && 'FORUM_JOB_CLIENT_ID and FORUM_JOB_KEY_FILE: both or neither',
    data.FORUM_MODE === 'production' && !url.startsWith('https:') && 'FORUM_URL: https in production',
    data.FORUM_MODE === 'production' && jobId === undefined && 'FORUM_JOB_CLIENT_ID: something in production',
    // Whoever reached it could read /dev/mail: everybody's addresses, and what they were told.
    (data.FORUM_MODE === 'production' || !isForUsAlone) &&
      data.FORUM_SMTP_URL === undefined &&
      'FORUM_SMTP_URL: something in production, and wherever FORUM_HOST or FORUM_URL is not of this machine alone',
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return {
    mode: data.FORUM_MODE,
    port: data.FORUM_PORT,
    host: data.FORUM_HOST,
    url,
    audience: data.FORUM_AUDIENCE,
    database: data.FORUM_DATABASE,
    secret: data.FORUM_SECRET,
    issuer: data.LATCHKEY_ISSUER,
    client: { id: data.FORUM_CLIENT_ID, secret: data.FORUM_CLIENT_SECRET },
    job: jobId === undefined || keyFile === undefined ? undefined : { clientId: jobId, keyFile },
    smtpUrl: data.FORUM_SMTP_URL,
    mailFrom: data.FORUM_MAIL_FROM,
    logLevel: data.FORUM_LOG_LEVEL,
  };
}
