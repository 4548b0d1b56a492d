import type { SigningAlgorithm } from '../domain/keys/signing-key.ts';
import { parseAddressRange, type AddressRange } from '../domain/network/client-address.ts';
import type { MailTemplates } from '../domain/mail/templates.ts';
import type { OneTimePurpose } from '../domain/one-time-tokens/token.ts';
import type { Secret } from '../domain/secrets/secret.ts';
import { sqlitePath } from '../storage/sqlite-path.ts';
import { developmentSecret } from './development-secret.ts';
import { readSettingFiles } from './setting-files.ts';
import { SETTING_NAMES, SETTINGS, type ParsedSettings, type SettingName } from './settings-table.ts';

/** The settings of a server, complete and consistent. */
export interface Settings {
  readonly mode: 'development' | 'production';
  readonly host: string;
  readonly port: number;
  readonly issuer: string;
  readonly databaseUrl: string;
  readonly databasePoolSize: number;
  readonly secret: Secret<'master'>;
  readonly smtpUrl: Secret<'smtp-url'> | undefined;
  readonly mailFrom: string;
  readonly session: {
    readonly overlapSeconds: number;
    readonly rotateSeconds: number;
    readonly idleSeconds: number;
    readonly maxSeconds: number;
  };
  readonly accessTokenTtlSeconds: number;
  readonly signingAlgorithm: SigningAlgorithm;
  readonly audiences: readonly string[] | 'any';
  readonly scopes: readonly string[];
  readonly sessionTokens: ParsedSettings['LATCHKEY_SESSION_TOKENS'];
  readonly trustedProxies: readonly AddressRange[];
  readonly outboundNetworks: readonly AddressRange[];
  readonly auditRetentionDays: number;
  readonly breachUrl: string | undefined;
  readonly mailTemplates: MailTemplates;
  readonly magicLinks: boolean;
  readonly oneTimeSeconds: Readonly<Record<OneTimePurpose, number>>;
  readonly logLevel: NonNullable<ParsedSettings['LATCHKEY_LOG_LEVEL']>;
}

export interface SettingProblem {
  readonly name: string;
  /** The value given, as it may be printed; undefined where none was. */
  readonly given: string | undefined;
  readonly allowed: string;
}

/** Some settings are wrong. Names each, what was given and what is allowed; secrets are masked. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(`Wrong settings:\n${problems.map(describeProblem).join('\n')}`);
    this.problems = problems;
  }
}

function describeProblem({ name, given, allowed }: SettingProblem): string {
  return `  ${name}: ${given === undefined ? 'not given' : `given ${given}`}; allowed: ${allowed}`;
}

const LOOPBACK = ['127.0.0.0/8', '::1'].map(parseAddressRange).filter((range) => range !== undefined);

export type SettingSource = Readonly<Record<string, unknown>>;

/**
 * Reads the settings; the environment, and the files that it names, go before the config file.
 *
 * @throws {@link SettingsError} naming everything that is wrong at once.
 */
export function readSettings(environment: SettingSource, file: SettingSource = {}): Settings {
  const unknown = Object.keys(file).filter((name) => !Object.hasOwn(SETTINGS, name));
  const problems: SettingProblem[] = unknown.map((name) => ({
    name,
    given: 'in the config file',
    allowed: `one of ${SETTING_NAMES.join(', ')}`,
  }));
  const { texts, problems: fileProblems } = readSettingFiles(environment);
  problems.push(...fileProblems);
  const parsed: Partial<Record<SettingName, unknown>> = {};
  for (const name of SETTING_NAMES) {
    // An empty variable is one that is not set: shells and compose files make little difference.
    const value = environment[name] === '' ? undefined : environment[name];
    const given = value ?? texts.get(name) ?? file[name];
    const result = SETTINGS[name].schema.safeParse(given);
    if (result.success) parsed[name] = result.data;
    else problems.push(problem(name, given));
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return settle(parsed as ParsedSettings);
}

function problem(name: SettingName, given: unknown, allowed: string = SETTINGS[name].allowed): SettingProblem {
  return { name, given: given === undefined ? undefined : SETTINGS[name].show(given), allowed };
}

/** Settles what depends on other settings. */
function settle(parsed: ParsedSettings): Settings {
  refuseInconsistencies(parsed);
  const mode = parsed.LATCHKEY_MODE;
  const issuer = parsed.LATCHKEY_ISSUER ?? `http://localhost:${parsed.PORT}`;
  return {
    mode,
    host: parsed.HOST,
    port: parsed.PORT,
    issuer,
    databaseUrl: parsed.LATCHKEY_DATABASE_URL,
    databasePoolSize: parsed.LATCHKEY_DATABASE_POOL_SIZE,
    secret: parsed.LATCHKEY_SECRET ?? developmentSecret(sqlitePath(parsed.LATCHKEY_DATABASE_URL)),
    smtpUrl: parsed.LATCHKEY_SMTP_URL,
    mailFrom: parsed.LATCHKEY_MAIL_FROM ?? `Latchkey <no-reply@${new URL(issuer).hostname}>`,
    session: {
      overlapSeconds: parsed.LATCHKEY_SESSION_OVERLAP_SECONDS,
      rotateSeconds: parsed.LATCHKEY_SESSION_ROTATE_SECONDS,
      idleSeconds: parsed.LATCHKEY_SESSION_IDLE_SECONDS,
      maxSeconds: parsed.LATCHKEY_SESSION_MAX_SECONDS,
    },
    accessTokenTtlSeconds: parsed.LATCHKEY_ACCESS_TOKEN_TTL_SECONDS,
    signingAlgorithm: parsed.LATCHKEY_SIGNING_ALGORITHM,
    audiences: parsed.LATCHKEY_AUDIENCES ?? (mode === 'development' ? 'any' : []),
    scopes: parsed.LATCHKEY_SCOPES,
    sessionTokens: parsed.LATCHKEY_SESSION_TOKENS,
    trustedProxies: parsed.LATCHKEY_TRUSTED_PROXIES,
    outboundNetworks: parsed.LATCHKEY_OUTBOUND_NETWORKS ?? (mode === 'development' ? LOOPBACK : []),
    auditRetentionDays: parsed.LATCHKEY_AUDIT_RETENTION_DAYS,
    breachUrl: parsed.LATCHKEY_BREACH_URL,
    mailTemplates: parsed.LATCHKEY_MAIL_TEMPLATES,
    magicLinks: parsed.LATCHKEY_MAGIC_LINKS === 'on',
    oneTimeSeconds: {
      verify_email: parsed.LATCHKEY_VERIFICATION_SECONDS,
      reset_password: parsed.LATCHKEY_PASSWORD_RESET_SECONDS,
      magic_link: parsed.LATCHKEY_MAGIC_LINK_SECONDS,
      change_email: parsed.LATCHKEY_EMAIL_CHANGE_SECONDS,
      undo_email_change: parsed.LATCHKEY_EMAIL_UNDO_SECONDS,
      first_administrator: parsed.LATCHKEY_FIRST_ADMINISTRATOR_SECONDS,
    },
    logLevel: parsed.LATCHKEY_LOG_LEVEL ?? (mode === 'development' ? 'warn' : 'info'),
  };
}

function refuseInconsistencies(parsed: ParsedSettings): void {
  const problems: SettingProblem[] = [];
  if (parsed.LATCHKEY_MODE === 'production') {
    for (const name of ['LATCHKEY_ISSUER', 'LATCHKEY_SECRET', 'LATCHKEY_SMTP_URL'] as const) {
      if (parsed[name] === undefined) problems.push(problem(name, undefined));
    }
    if (parsed.LATCHKEY_ISSUER?.startsWith('http:')) problems.push(problem('LATCHKEY_ISSUER', parsed.LATCHKEY_ISSUER));
  }
  if (parsed.LATCHKEY_SESSION_ROTATE_SECONDS < parsed.LATCHKEY_SESSION_OVERLAP_SECONDS) {
    problems.push(
      problem(
        'LATCHKEY_SESSION_ROTATE_SECONDS',
        parsed.LATCHKEY_SESSION_ROTATE_SECONDS,
        `at least LATCHKEY_SESSION_OVERLAP_SECONDS (${parsed.LATCHKEY_SESSION_OVERLAP_SECONDS})`,
      ),
    );
  }
  if (problems.length > 0) throw new SettingsError(problems);
}
