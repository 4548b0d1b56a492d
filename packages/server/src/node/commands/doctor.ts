import { statSync } from 'node:fs';
import { sql } from 'kysely';
import { SECOND_MS } from '../../domain/instant.ts';
import { openPrivateKey } from '../../operations/key-ring.ts';
import { deriveMasterKeys } from '../../domain/secrets/master-keys.ts';
import { redactText } from '../../domain/secrets/redact-text.ts';
import { pendingMigrations } from '../../storage/migrate.ts';
import { openStore } from '../../storage/open-store.ts';
import { listSigningKeys } from '../../storage/signing-keys.ts';
import { sqlitePath } from '../../storage/sqlite-path.ts';
import type { Store } from '../../storage/store.ts';
import { REMOTE_VARIABLES } from '../admin-api/remote-variables.ts';
import { developmentSecretPath } from '../development-secret.ts';
import { FILE_VARIABLES, SETTING_NAMES } from '../settings-table.ts';
import type { Settings } from '../settings.ts';
import { write, type Output } from './output.ts';

export interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'error';
  readonly message: string;
}

const MAX_CLOCK_DIFFERENCE_MS = 2 * SECOND_MS;

/** Looks for what usually goes wrong and says what to do about it. Changes nothing. */
async function diagnose(settings: Settings, environment: NodeJS.ProcessEnv): Promise<readonly Finding[]> {
  return [
    { check: 'settings', level: 'ok', message: `All settings are valid (${settings.mode}).` },
    ...checkNames(environment),
    ...checkIssuer(settings),
    ...checkSecretFile(settings),
    ...(await checkDatabase(settings)),
  ];
}

function checkNames(environment: NodeJS.ProcessEnv): Finding[] {
  return Object.keys(environment)
    .filter(
      (name) =>
        name.startsWith('LATCHKEY_') &&
        ![...SETTING_NAMES, ...FILE_VARIABLES, ...REMOTE_VARIABLES].some((known) => known === name),
    )
    .map((name) => ({ check: 'settings', level: 'warning', message: `${name} is not a setting; a spelling mistake?` }));
}

function checkIssuer({ issuer, mode, host, trustedProxies }: Settings): Finding[] {
  const { protocol, hostname } = new URL(issuer);
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost') || /^127\.|^\[::1\]$/.test(hostname);
  const findings: Finding[] = [];
  if (protocol === 'http:' && !isLocal) {
    findings.push({
      check: 'issuer',
      level: 'error',
      message: `${issuer} is plain http beyond this machine: cookies travel unprotected. Use https.`,
    });
  }
  if (protocol === 'https:' && trustedProxies.length === 0) {
    findings.push({
      check: 'proxies',
      level: 'warning',
      message:
        'https needs a proxy in front, but LATCHKEY_TRUSTED_PROXIES is empty: all users seem to share its address.',
    });
  }
  if (mode === 'development' && !/^(?:127\.|localhost$|::1$)/.test(host)) {
    findings.push({
      check: 'host',
      level: 'warning',
      message: `Development mode listens on ${host}: whoever reaches it can read /dev/mail. Use 127.0.0.1 or production.`,
    });
  }
  if (findings.length === 0)
    findings.push({ check: 'issuer', level: 'ok', message: `${issuer}, cookies as they should be.` });
  return findings;
}

function checkSecretFile({ mode, databaseUrl }: Settings): Finding[] {
  if (mode === 'production' || process.platform === 'win32') return [];
  const path = developmentSecretPath(sqlitePath(databaseUrl));
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || (stat.mode & 0o077) === 0) return [];
  return [{ check: 'secret', level: 'warning', message: `${path} can be read by others. Run: chmod 600 ${path}` }];
}

async function checkDatabase(settings: Settings): Promise<Finding[]> {
  let store: Store | undefined;
  try {
    store = openStore({ url: settings.databaseUrl });
    const pending = await pendingMigrations(store);
    if (pending.length > 0) {
      const message = `Reachable. Migrations wait: ${pending.join(', ')}. The server runs them at its start; or: latchkey migrate`;
      return [{ check: 'database', level: 'warning', message }];
    }
    const reachable: Finding = {
      check: 'database',
      level: 'ok',
      message: `Reachable (${store.engine}), schema up to date.`,
    };
    return [reachable, await checkClock(store), await checkKeys(store, settings)];
  } catch (error) {
    const cause = error instanceof Error ? redactText(error.message) : 'unknown error';
    return [{ check: 'database', level: 'error', message: `Not usable: ${cause}. Check LATCHKEY_DATABASE_URL.` }];
  } finally {
    await store?.close();
  }
}

async function checkClock(store: Store): Promise<Finding> {
  if (store.engine === 'sqlite') return { check: 'clock', level: 'ok', message: 'One machine, one clock.' };
  const before = Date.now();
  const { rows } = await sql<{
    ms: number;
  }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms`.execute(store.queries);
  const difference = Math.abs((rows[0]?.ms ?? 0) - (before + Date.now()) / 2);
  return difference <= MAX_CLOCK_DIFFERENCE_MS
    ? { check: 'clock', level: 'ok', message: 'Agrees with the database.' }
    : {
        check: 'clock',
        level: 'error',
        message: `Differs from the database by ${Math.round(difference)} ms. Set up NTP.`,
      };
}

async function checkKeys(store: Store, settings: Settings): Promise<Finding> {
  const keys = await listSigningKeys(store.queries);
  if (keys.length === 0) return { check: 'keys', level: 'ok', message: 'None yet; made at the first start.' };
  for (const key of keys) openPrivateKey(deriveMasterKeys(settings.secret), key);
  return { check: 'keys', level: 'ok', message: `${keys.length} signing keys, all open under LATCHKEY_SECRET.` };
}

/** @returns Exit code: 1 where there is an error. */
export async function doctor(settings: Settings, { json }: Output): Promise<number> {
  const findings = await diagnose(settings, process.env);
  const marks = { ok: 'ok     ', warning: 'warning', error: 'ERROR  ' };
  const lines = findings.map(({ check, level, message }) => `${marks[level]}  ${check.padEnd(9)} ${message}`);
  write(json ? JSON.stringify(findings) : lines.join('\n'));
  return findings.some((finding) => finding.level === 'error') ? 1 : 0;
}
