import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONFIG_FILE, readConfigFile } from './config-file.ts';
import { UnusableSecretFileError } from './development-secret.ts';
import { SETTING_NAMES, type SettingName } from './settings-table.ts';
import { readSettings, SettingsError, type Settings, type SettingSource } from './settings.ts';

const SECRET = 'a secret of at least thirty-two bytes';
const TEMPLATES = { account_deleted: () => ({ subject: 'Bye', text: 'Bye', html: 'Bye' }) };
const SHORT_SECRET = 'hunter2-too-short';
const LONG = { LATCHKEY_SECRET: SECRET } as const;
const PRODUCTION = {
  LATCHKEY_MODE: 'production',
  LATCHKEY_ISSUER: 'https://id.example.com',
  LATCHKEY_SECRET: SECRET,
  LATCHKEY_SMTP_URL: 'smtp://mail.example.com:587',
} as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-settings-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function problemsOf(environment: SettingSource, file?: SettingSource): SettingsError['problems'] {
  try {
    readSettings(environment, file);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

function rangesOf(ranges: Settings['outboundNetworks']): readonly string[] {
  return ranges.map(([address, bits]) => `${address.toString()}/${bits}`);
}

test('without any, development on localhost', () => {
  const { secret, outboundNetworks, ...settings } = readSettings(LONG);
  expect(settings).toEqual({
    mode: 'development',
    host: '127.0.0.1',
    port: 4400,
    issuer: 'http://localhost:4400',
    databaseUrl: 'sqlite:./data/latchkey.db',
    databasePoolSize: 10,
    smtpUrl: undefined,
    mailFrom: 'Latchkey <no-reply@localhost>',
    session: { overlapSeconds: 60, rotateSeconds: 600, idleSeconds: 604_800, maxSeconds: 2_592_000 },
    accessTokenTtlSeconds: 600,
    signingAlgorithm: 'ES256',
    audiences: 'any',
    scopes: ['openid', 'profile', 'email'],
    sessionTokens: 'page',
    trustedProxies: [],
    auditRetentionDays: 365,
    breachUrl: undefined,
    magicLinks: false,
    mailTemplates: {},
    oneTimeSeconds: {
      verify_email: 86_400,
      magic_link: 600,
      reset_password: 1800,
      change_email: 86_400,
      undo_email_change: 604_800,
      first_administrator: 3600,
    },
    logLevel: 'warn',
  });
  expect(secret.reveal()).toBe(SECRET);
  expect(rangesOf(outboundNetworks)).toEqual(['127.0.0.0/8', '::1/128']);
});

describe('a valid value', () => {
  test.each<[SettingName, unknown, keyof Settings | ((settings: Settings) => unknown), unknown]>([
    ['PORT', '8080', 'port', 8080],
    ['PORT', 1, 'port', 1],
    ['PORT', '65535', 'port', 65_535],
    ['PORT', '8080', 'issuer', 'http://localhost:8080'],
    ['HOST', '0.0.0.0', 'host', '0.0.0.0'],
    ['LATCHKEY_ISSUER', 'https://id.example.com', 'issuer', 'https://id.example.com'],
    ['LATCHKEY_ISSUER', 'https://id.example.com:8443', 'issuer', 'https://id.example.com:8443'],
    ['LATCHKEY_ISSUER', 'https://id.example.com', 'mailFrom', 'Latchkey <no-reply@id.example.com>'],
    ['LATCHKEY_DATABASE_URL', 'sqlite:/var/lib/latchkey.db', 'databaseUrl', 'sqlite:/var/lib/latchkey.db'],
    ['LATCHKEY_DATABASE_URL', 'postgres://u:p@db/x', 'databaseUrl', 'postgres://u:p@db/x'],
    ['LATCHKEY_DATABASE_URL', 'postgresql://db/x', 'databaseUrl', 'postgresql://db/x'],
    ['LATCHKEY_SECRET', 'x'.repeat(32), (settings) => settings.secret.reveal(), 'x'.repeat(32)],
    ['LATCHKEY_SECRET', 'é'.repeat(16), (settings) => settings.secret.reveal(), 'é'.repeat(16)],
    ['LATCHKEY_SMTP_URL', 'smtps://u:p@mail:465', (settings) => settings.smtpUrl?.reveal(), 'smtps://u:p@mail:465'],
    ['LATCHKEY_MAIL_FROM', 'Id <id@example.com>', 'mailFrom', 'Id <id@example.com>'],
    ['LATCHKEY_SESSION_OVERLAP_SECONDS', '0', (settings) => settings.session.overlapSeconds, 0],
    ['LATCHKEY_SESSION_ROTATE_SECONDS', '60', (settings) => settings.session.rotateSeconds, 60],
    ['LATCHKEY_SESSION_IDLE_SECONDS', '60', (settings) => settings.session.idleSeconds, 60],
    ['LATCHKEY_SESSION_MAX_SECONDS', '34560000', (settings) => settings.session.maxSeconds, 34_560_000],
    ['LATCHKEY_ACCESS_TOKEN_TTL_SECONDS', '1800', 'accessTokenTtlSeconds', 1800],
    ['LATCHKEY_BREACH_URL', 'https://x.example/range/', 'breachUrl', 'https://x.example/range/'],
    ['LATCHKEY_MAIL_TEMPLATES', TEMPLATES, 'mailTemplates', TEMPLATES],
    ['LATCHKEY_VERIFICATION_SECONDS', '300', (settings) => settings.oneTimeSeconds.verify_email, 300],
    ['LATCHKEY_PASSWORD_RESET_SECONDS', '60', (settings) => settings.oneTimeSeconds.reset_password, 60],
    ['LATCHKEY_MAGIC_LINKS', 'on', 'magicLinks', true],
    ['LATCHKEY_MAGIC_LINK_SECONDS', '60', (settings) => settings.oneTimeSeconds.magic_link, 60],
    ['LATCHKEY_EMAIL_CHANGE_SECONDS', '604800', (settings) => settings.oneTimeSeconds.change_email, 604_800],
    ['LATCHKEY_EMAIL_UNDO_SECONDS', '86400', (settings) => settings.oneTimeSeconds.undo_email_change, 86_400],
    ['LATCHKEY_FIRST_ADMINISTRATOR_SECONDS', '60', (settings) => settings.oneTimeSeconds.first_administrator, 60],
    ['LATCHKEY_SIGNING_ALGORITHM', 'EdDSA', 'signingAlgorithm', 'EdDSA'],
    ['LATCHKEY_SIGNING_ALGORITHM', 'RS256', 'signingAlgorithm', 'RS256'],
    [
      'LATCHKEY_AUDIENCES',
      'https://a.example, https://b.example/v1',
      'audiences',
      ['https://a.example', 'https://b.example/v1'],
    ],
    ['LATCHKEY_AUDIENCES', ['https://a.example'], 'audiences', ['https://a.example']],
    ['LATCHKEY_SCOPES', ' openid,orders:read ,', 'scopes', ['openid', 'orders:read']],
    ['LATCHKEY_SCOPES', [], 'scopes', []],
    [
      'LATCHKEY_TRUSTED_PROXIES',
      '10.0.0.0/8, ::1',
      (settings) => rangesOf(settings.trustedProxies),
      ['10.0.0.0/8', '::1/128'],
    ],
    ['LATCHKEY_OUTBOUND_NETWORKS', '10.0.0.0/8', (settings) => rangesOf(settings.outboundNetworks), ['10.0.0.0/8']],
    ['LATCHKEY_SESSION_TOKENS', 'off', 'sessionTokens', 'off'],
    ['LATCHKEY_DATABASE_POOL_SIZE', '200', 'databasePoolSize', 200],
    ['LATCHKEY_LOG_LEVEL', 'silent', 'logLevel', 'silent'],
  ])('%s = %j', (name, value, read, expected) => {
    const settings = readSettings({ ...LONG, [name]: value });
    expect(typeof read === 'function' ? read(settings) : settings[read]).toEqual(expected);
    // A config file may hold the same.
    const fromFile = readSettings({}, { ...LONG, [name]: value });
    expect(typeof read === 'function' ? read(fromFile) : fromFile[read]).toEqual(expected);
  });
});

describe('a wrong value is named, shown and answered with what is allowed', () => {
  const wrong: Readonly<Record<SettingName, readonly unknown[]>> = {
    PORT: ['0', '65536', '-1', '80.5', '0x50', '4400 ', 'http', 0, 65_536, 1.5, true, [4400]],
    HOST: [1, ['127.0.0.1']],
    LATCHKEY_MODE: ['Production', 'prod', 'test', 1],
    LATCHKEY_ISSUER: [
      'id.example.com',
      'https://id.example.com/',
      'https://id.example.com/path',
      'https://id.example.com?x',
      'https://id.example.com#x',
      'https://ID.example.com',
      'https://id.example.com:443',
      'https://user@id.example.com',
      'ftp://id.example.com',
      'javascript:alert(1)',
      ' https://id.example.com',
      'https://',
      1,
    ],
    LATCHKEY_DATABASE_URL: ['mysql://db/x', 'latchkey.db', 'sqlite:', 'postgres:', 'postgres://', 'postgres:/db', 1],
    LATCHKEY_SECRET: [SHORT_SECRET, 'x'.repeat(31), 'é'.repeat(15), 1234],
    LATCHKEY_SMTP_URL: ['mail.example.com', 'http://mail.example.com', 'smtp', 1],
    LATCHKEY_MAIL_FROM: ['nobody', 'a@b\r\nBcc: c@d', '@', 1],
    LATCHKEY_SESSION_OVERLAP_SECONDS: ['-1', '601', '1m', '1e2'],
    LATCHKEY_SESSION_ROTATE_SECONDS: ['0', '86401', ''.padEnd(13, '1')],
    LATCHKEY_SESSION_IDLE_SECONDS: ['59', '31536001'],
    LATCHKEY_SESSION_MAX_SECONDS: ['59', '34560001'],
    LATCHKEY_ACCESS_TOKEN_TTL_SECONDS: ['9', '1801', 'Infinity', Number.NaN],
    LATCHKEY_SIGNING_ALGORITHM: ['HS256', 'none', 'es256', 'ES384'],
    LATCHKEY_AUDIENCES: ['api', 'https://a.example,api', [1]],
    LATCHKEY_SCOPES: ['a b', 'a"', 'é', ['a', ''], 'admin', 'openid,admin', 'introspect', ['revocations:read']],
    LATCHKEY_SESSION_TOKENS: ['on', 'true', 'Page'],
    LATCHKEY_TRUSTED_PROXIES: ['true', '1', '*', 'localhost', '10.0.0.0/33', '10.0.0.0/8,x', ['10.0.0.0/8', 1]],
    LATCHKEY_OUTBOUND_NETWORKS: ['true', 'private', '10.0.0.0/33'],
    LATCHKEY_DATABASE_POOL_SIZE: ['0', '201', 'many'],
    LATCHKEY_AUDIT_RETENTION_DAYS: [0, 36_501, 1.5, 'a year'],
    LATCHKEY_BREACH_URL: ['range', 'http://breaches.example/range/', 'ftp://x/', 'https://user:pw@breaches.example/'],
    LATCHKEY_MAIL_TEMPLATES: ['{}', { unknown: () => ({}) }, { verify_email: () => ({ subject: '' }) }],
    LATCHKEY_VERIFICATION_SECONDS: ['299', '604801'],
    LATCHKEY_PASSWORD_RESET_SECONDS: ['59', '86401', '-1800'],
    LATCHKEY_MAGIC_LINKS: ['yes', 'true', true, 1, 'On'],
    LATCHKEY_MAGIC_LINK_SECONDS: ['59', '3601'],
    LATCHKEY_EMAIL_CHANGE_SECONDS: ['299', '604801'],
    LATCHKEY_EMAIL_UNDO_SECONDS: ['86399', '2592001'],
    LATCHKEY_FIRST_ADMINISTRATOR_SECONDS: ['59', '86401'],
    LATCHKEY_LOG_LEVEL: ['verbose', 'INFO', 3],
  };

  test('every setting is in the table', () => {
    expect(Object.keys(wrong)).toEqual(SETTING_NAMES);
  });

  test.each(SETTING_NAMES.flatMap((name) => wrong[name].map((value) => [name, value] as const)))(
    '%s = %j',
    (name, value) => {
      for (const problems of [problemsOf({ ...LONG, [name]: value }), problemsOf({ [name]: value }, LONG)]) {
        expect(problems.map((problem) => problem.name)).toEqual([name]);
        expect(problems[0]?.given).toBeDefined();
        expect(problems[0]?.allowed).toMatch(/\w/);
      }
    },
  );

  test('all of them at once', () => {
    const problems = problemsOf({ ...LONG, PORT: 'x', LATCHKEY_MODE: 'x', LATCHKEY_LOG_LEVEL: 'x' });
    expect(problems.map(({ name, given }) => [name, given])).toEqual([
      ['PORT', '"x"'],
      ['LATCHKEY_MODE', '"x"'],
      ['LATCHKEY_LOG_LEVEL', '"x"'],
    ]);
  });
});

describe('secrets are not shown', () => {
  test.each<[SettingName, unknown, string]>([
    ['LATCHKEY_SECRET', SHORT_SECRET, SHORT_SECRET],
    ['LATCHKEY_SMTP_URL', 'smpt://u:hunter2@mail', 'hunter2'],
    ['LATCHKEY_DATABASE_URL', 'postgre://u:hunter2@db/x', 'hunter2'],
    ['LATCHKEY_DATABASE_URL', 'postgres//u:hunter2@db/x', 'hunter2'],
    ['LATCHKEY_DATABASE_URL', 'mysql://u:hunter/2@db@x/y', 'hunter'],
    ['LATCHKEY_DATABASE_URL', 'mysql://db/x?password=hunter2', 'hunter2'],
    ['LATCHKEY_DATABASE_URL', ['postgres://u:hunter2@db/x'], 'hunter2'],
  ])('%s = %j', (name, value, secret) => {
    let shown = '';
    try {
      readSettings({ ...LONG, [name]: value });
    } catch (error) {
      shown = `${String(error)} ${inspect(error, { depth: 9 })}`;
    }
    expect(shown).toContain(name);
    expect(shown).not.toContain(secret);
  });

  test('but what is wrong about a database URL is', () => {
    expect(problemsOf({ ...LONG, LATCHKEY_DATABASE_URL: 'mysql://u:hunter2@db/x' })[0]?.given).toContain('mysql://');
    expect(problemsOf({ ...LONG, LATCHKEY_DATABASE_URL: 'latchkey.db' })[0]?.given).toBe('"latchkey.db"');
  });

  test('nor in the settings as a whole', () => {
    const settings = readSettings({ ...PRODUCTION, LATCHKEY_SMTP_URL: 'smtp://u:hunter2@mail' });
    expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).not.toMatch(/hunter2|thirty-two/);
  });
});

describe('production', () => {
  test('starts with what it needs, and is stricter in what it takes for granted', () => {
    expect(readSettings(PRODUCTION)).toMatchObject({
      mode: 'production',
      audiences: [],
      outboundNetworks: [],
      logLevel: 'info',
    });
  });

  test.each(['LATCHKEY_ISSUER', 'LATCHKEY_SECRET', 'LATCHKEY_SMTP_URL'] as const)(
    'does not start without %s',
    (name) => {
      for (const value of [undefined, '']) {
        expect(problemsOf({ ...PRODUCTION, [name]: value })).toMatchObject([{ name, given: undefined }]);
      }
    },
  );

  test('names all that is missing at once, and makes no secret of its own', () => {
    const database = join(folder, 'never', 'latchkey.db');
    const problems = problemsOf({ LATCHKEY_MODE: 'production', LATCHKEY_DATABASE_URL: `sqlite:${database}` });
    expect(problems.map(({ name }) => name)).toEqual(['LATCHKEY_ISSUER', 'LATCHKEY_SECRET', 'LATCHKEY_SMTP_URL']);
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });

  test.each(['http://id.example.com', 'http://localhost:4400'])('does not start at %s', (issuer) => {
    expect(problemsOf({ ...PRODUCTION, LATCHKEY_ISSUER: issuer })).toMatchObject([{ name: 'LATCHKEY_ISSUER' }]);
  });
});

test('a credential may not rotate while the one before is still accepted', () => {
  const overlap = { ...LONG, LATCHKEY_SESSION_OVERLAP_SECONDS: '120' };
  expect(problemsOf({ ...overlap, LATCHKEY_SESSION_ROTATE_SECONDS: '119' })).toMatchObject([
    { name: 'LATCHKEY_SESSION_ROTATE_SECONDS', given: '119' },
  ]);
  expect(readSettings({ ...overlap, LATCHKEY_SESSION_ROTATE_SECONDS: '120' }).session.rotateSeconds).toBe(120);
});

describe('a config file', () => {
  const write = (name: string, text: string) => {
    const own = mkdtempSync(join(folder, `${name}-`));
    writeFileSync(join(own, CONFIG_FILE), text);
    return own;
  };

  test('gives what the environment does not', () => {
    const file = { ...LONG, PORT: 5000, LATCHKEY_MODE: 'development', LATCHKEY_SCOPES: ['a'] };
    expect(readSettings({ PORT: '6000' }, file)).toMatchObject({ port: 6000, scopes: ['a'] });
    // Shells and compose files make little difference between empty and not set.
    expect(readSettings({ PORT: '' }, file).port).toBe(5000);
  });

  test.each(['PROT', 'latchkey_mode', 'LATCHKEY_SECERT', 'toString', 'constructor', 'hasOwnProperty'])(
    'with %s, which is no setting, is refused',
    (name) => {
      expect(problemsOf({}, { ...LONG, [name]: 'x' })).toMatchObject([{ name }]);
    },
  );

  test('other variables of the environment are none of ours', () => {
    expect(problemsOf({ ...LONG, PATH: '/bin', LATCHKEY_UNKNOWN: 'x' })).toEqual([]);
  });

  test('is read from its folder, and may be missing', async () => {
    expect(await readConfigFile(folder)).toEqual({});
    expect(await readConfigFile(write('good', 'export default { PORT: 5000 } satisfies { PORT: number };'))).toEqual({
      PORT: 5000,
    });
  });

  test.each([
    ['no default export', 'export const PORT = 1;'],
    ['a default export that is no object', 'export default 5000;'],
    ['null', 'export default null;'],
  ])('with %s is refused by its name', async (name, text) => {
    await expect(readConfigFile(write(name.replaceAll(' ', '-'), text))).rejects.toMatchObject({
      problems: [{ name: CONFIG_FILE }],
    });
  });
});

describe('the secret of development', () => {
  const read = (name: string) =>
    readSettings({ LATCHKEY_DATABASE_URL: `sqlite:${join(folder, name)}` }).secret.reveal();

  test('is made once, beside the database, for its owner alone', () => {
    const first = read('once.db');
    expect(first.length).toBeGreaterThanOrEqual(32);
    expect(read('once.db')).toBe(first);
    expect(read('other.db')).not.toBe(first);
    expect(statSync(join(folder, 'once.db.secret')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'once.db.secret'), 'utf8').trim()).toBe(first);
  });

  test('is not made where one is given', () => {
    readSettings({ ...LONG, LATCHKEY_DATABASE_URL: `sqlite:${join(folder, 'given.db')}` });
    expect(existsSync(join(folder, 'given.db.secret'))).toBe(false);
  });

  test.each(['', '\n', 'short\n'])('is not taken from a file of %j: a disk may have been full', (text) => {
    const name = `empty-${text.length}.db`;
    writeFileSync(join(folder, `${name}.secret`), text);
    expect(() => read(name)).toThrow(UnusableSecretFileError);
    expect(readFileSync(join(folder, `${name}.secret`), 'utf8')).toBe(text);
  });
});
