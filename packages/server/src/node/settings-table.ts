import { z } from 'zod';
import { MAX_ACCESS_TOKEN_TTL_SECONDS, SERVER_SCOPES } from '../domain/access-tokens/grant.ts';
import { areMailTemplates, type MailTemplates } from '../domain/mail/templates.ts';
import { parseAddressRange, type AddressRange } from '../domain/network/client-address.ts';
import { isPrivateTransport } from '../domain/network/host-name.ts';
import { SIGNING_ALGORITHMS } from '../domain/keys/signing-key.ts';
import { MIN_MASTER_SECRET_BYTES } from '../domain/secrets/master-keys.ts';
import { Secret } from '../domain/secrets/secret.ts';

/** One setting: how its value is read, and what is said when it is wrong. */
interface Setting<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** What may be given, in words. */
  readonly allowed: string;
  readonly help: string;
  /** A wrong value, as it may be printed. */
  readonly show: (given: unknown) => string;
}

function setting<Schema extends z.ZodType>(
  allowed: string,
  help: string,
  schema: Schema,
  show: (given: unknown) => string = JSON.stringify,
): Setting<Schema> {
  return { schema, allowed, help, show };
}

function showLength(given: unknown): string {
  return `[secret of ${String(given).length} characters]`;
}

/** Without what may be a user, a password or a parameter. The scheme is kept: it is what is wrong most often. */
function showLocation(given: unknown): string {
  const withoutUser = JSON.stringify(given).replace(/^("[a-z]*:?\/*)?.*@/is, '$1[secret]@');
  return withoutUser.replace(/\?.*/s, '?[secret]"');
}

function wholeNumber(min: number, max: number) {
  const digits = z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number);
  return z.union([z.number(), digits]).pipe(z.int().min(min).max(max));
}

function seconds(min: number, max: number, fallback: number, help: string) {
  return setting(`${min} to ${max} seconds`, `${help} (${fallback})`, wholeNumber(min, max).default(fallback));
}

/** A list in one text, separated by commas; a config file may give an array. */
function list() {
  const split = z.string().transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
  return z.union([z.array(z.string()), split]);
}

/** An origin: scheme and host, nothing behind it. Comparing issuers is comparing text, so one form only. */
const origin = z.string().refine((text) => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
});

const databaseUrl = z.string().refine((text) => /^(?:sqlite:.+|postgres(?:ql)?:\/\/.+)$/.test(text));

const masterSecret = z
  .string()
  .refine((text) => Buffer.byteLength(text) >= MIN_MASTER_SECRET_BYTES)
  .transform((text) => new Secret<'master'>(text));

/** Its answer decides which passwords are refused: not over a network in the clear. */
const breachUrl = z.string().refine((text) => {
  const url = URL.parse(text);
  return url !== null && isPrivateTransport(url) && url.username === '' && url.hash === '';
});

const smtpUrl = z
  .string()
  .refine((text) => /^smtps?:$/.test(URL.parse(text)?.protocol ?? ''))
  .transform((text) => new Secret<'smtp-url'>(text));

/** A line break would add a header. */
const sender = z.string().regex(/^[^\p{Cc}]+@[^\p{Cc}]+$/u);

const networks = list().transform((texts, check): readonly AddressRange[] => {
  const ranges = texts.map(parseAddressRange);
  const known = ranges.filter((range) => range !== undefined);
  if (known.length < ranges.length) check.addIssue({ code: 'custom', message: 'Not a CIDR' });
  return known;
});

const userScope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
  .refine((scope) => !SERVER_SCOPES.includes(scope));

const DAY_SECONDS = 86_400;

/** Every setting, by its name in the environment; a config file uses the same names. */
export const SETTINGS = {
  PORT: setting('1 to 65535', 'Port to listen on (4400)', wholeNumber(1, 65_535).default(4400)),
  HOST: setting('a host name or address', 'Address to listen on (127.0.0.1)', z.string().min(1).default('127.0.0.1')),
  LATCHKEY_MODE: setting(
    'development or production',
    'Production refuses what is convenient but unsafe (development)',
    z.enum(['development', 'production']).default('development'),
  ),
  LATCHKEY_ISSUER: setting(
    'an origin such as https://id.example.com, without a path or a slash at the end; https in production',
    'Public origin of this server (http://localhost:PORT)',
    origin.optional(),
  ),
  LATCHKEY_DATABASE_URL: setting(
    'sqlite:PATH or postgres://…',
    'Database (sqlite:./data/latchkey.db)',
    databaseUrl.default('sqlite:./data/latchkey.db'),
    showLocation,
  ),
  LATCHKEY_SECRET: setting(
    `at least ${MIN_MASTER_SECRET_BYTES} bytes; required in production`,
    'Master secret; all keys are derived from it (made once in development)',
    masterSecret.optional(),
    showLength,
  ),
  LATCHKEY_SMTP_URL: setting(
    'smtp://… or smtps://…; required in production',
    'Mail server (development keeps mail in /dev/mail without it)',
    smtpUrl.optional(),
    showLength,
  ),
  LATCHKEY_MAIL_FROM: setting(
    'an e-mail address, also as "Name <address>"',
    'Sender of mails (Latchkey <no-reply@ISSUER HOST>)',
    sender.optional(),
  ),
  LATCHKEY_SESSION_OVERLAP_SECONDS: seconds(0, 600, 60, 'How long a rotated credential is still accepted'),
  LATCHKEY_SESSION_ROTATE_SECONDS: seconds(1, DAY_SECONDS, 600, 'Age at which a session cookie is rotated'),
  LATCHKEY_SESSION_IDLE_SECONDS: seconds(60, 365 * DAY_SECONDS, 7 * DAY_SECONDS, 'Unused for so long, a session ends'),
  LATCHKEY_SESSION_MAX_SECONDS: seconds(
    60,
    400 * DAY_SECONDS,
    30 * DAY_SECONDS,
    'Longest life of a remembered session',
  ),
  LATCHKEY_ACCESS_TOKEN_TTL_SECONDS: seconds(10, MAX_ACCESS_TOKEN_TTL_SECONDS, 600, 'Life of an access token'),
  LATCHKEY_SIGNING_ALGORITHM: setting(
    SIGNING_ALGORITHMS.join(', '),
    'Algorithm of access tokens (ES256)',
    z.enum(SIGNING_ALGORITHMS).default('ES256'),
  ),
  LATCHKEY_AUDIENCES: setting(
    'URLs, separated by commas',
    'Resource servers that sessions may get tokens for (any in development, the issuer alone in production)',
    list().pipe(z.array(z.url())).optional(),
  ),
  LATCHKEY_SCOPES: setting(
    `scope names, separated by commas; not ${SERVER_SCOPES.join(', ')}`,
    'Scopes that every user may have (openid,profile,email)',
    list().pipe(z.array(userScope)).default(['openid', 'profile', 'email']),
  ),
  LATCHKEY_SESSION_TOKENS: setting(
    'page, cookie or off',
    'Whether a page may read access tokens of its session, have them in a cookie alone, or get none (page)',
    z.enum(['page', 'cookie', 'off']).default('page'),
  ),
  LATCHKEY_TRUSTED_PROXIES: setting(
    'CIDRs, separated by commas',
    'Proxies whose X-Forwarded-For is believed (none)',
    networks.default([]),
  ),
  LATCHKEY_OUTBOUND_NETWORKS: setting(
    'CIDRs, separated by commas',
    'Networks that are not public and that clients’ own addresses may be in (this machine in development, none in production)',
    networks.optional(),
  ),
  LATCHKEY_DATABASE_POOL_SIZE: setting(
    '1 to 200',
    'Most connections to PostgreSQL (10)',
    wholeNumber(1, 200).default(10),
  ),
  LATCHKEY_AUDIT_RETENTION_DAYS: setting(
    '1 to 36500 days',
    'How long audit events are kept (365)',
    wholeNumber(1, 36_500).default(365),
  ),
  LATCHKEY_BREACH_URL: setting(
    'https://…, or http://localhost… for one on this machine',
    'Range service of breached passwords, to whose URL five characters of a hash are appended (none)',
    breachUrl.optional(),
    showLocation,
  ),
  LATCHKEY_MAIL_TEMPLATES: setting(
    'in latchkey.config.ts: functions by the kind of mail, each giving subject, text and html with the link in both',
    'The operator’s own words for mails',
    z.custom<MailTemplates>(areMailTemplates).default({}),
    () => 'templates',
  ),
  LATCHKEY_VERIFICATION_SECONDS: seconds(300, 7 * DAY_SECONDS, DAY_SECONDS, 'Life of a sign-up and its mailed link'),
  LATCHKEY_PASSWORD_RESET_SECONDS: seconds(60, DAY_SECONDS, 1800, 'Life of a link that resets a password'),
  LATCHKEY_MAGIC_LINKS: setting(
    'on or off',
    'Whether users may sign in by a mailed link (off)',
    z.enum(['on', 'off']).default('off'),
  ),
  LATCHKEY_MAGIC_LINK_SECONDS: seconds(60, 3600, 600, 'Life of a link that signs in'),
  LATCHKEY_EMAIL_CHANGE_SECONDS: seconds(300, 7 * DAY_SECONDS, DAY_SECONDS, 'Life of a link to a new address'),
  LATCHKEY_EMAIL_UNDO_SECONDS: seconds(
    DAY_SECONDS,
    30 * DAY_SECONDS,
    7 * DAY_SECONDS,
    'Life of a link that takes a change of the address back',
  ),
  LATCHKEY_FIRST_ADMINISTRATOR_SECONDS: seconds(60, DAY_SECONDS, 3600, 'Life of the link that is printed at start'),
  LATCHKEY_LOG_LEVEL: setting(
    'debug, info, warn, error or silent',
    'Least severe entries that are logged (info; warn in development)',
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
  ),
} as const;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** Settings that hold a credential: the environment may name a file instead, so that no list of processes shows it. */
export const FILE_SETTINGS = ['LATCHKEY_DATABASE_URL', 'LATCHKEY_SECRET', 'LATCHKEY_SMTP_URL'] as const;
export const FILE_VARIABLES = FILE_SETTINGS.map((name) => `${name}_FILE` as const);

/** What a config file may hold. */
export type SettingsInput = { readonly [Name in SettingName]?: z.input<(typeof SETTINGS)[Name]['schema']> };

/** The settings as read, before those that depend on each other are settled. */
export type ParsedSettings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['schema']> };
