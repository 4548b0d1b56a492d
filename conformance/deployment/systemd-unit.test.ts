/** deploy/latchkey.service: what it names is there, and what it sets is taken. systemd looks at it, too, where there is one. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { FILE_VARIABLES, SETTING_NAMES } from '../../packages/server/src/node/settings-table.ts';
import { readSettings } from '../../packages/server/src/node/settings.ts';
import { publishedManifest, type Manifest } from '../../scripts/build/published-manifest.ts';
import { root } from './dockerfile.ts';

const run = promisify(execFile);
const path = join(root, 'deploy/latchkey.service');
const text = readFileSync(path, 'utf8');
const SERVICE = sectionOf('Service');

/** Each directive with all of its values, in their order. */
function sectionOf(name: string): ReadonlyMap<string, readonly string[]> {
  const [, body = ''] = new RegExp(`^\\[${name}\\]\\n((?:(?!\\[).*\\n)*)`, 'm').exec(text) ?? [];
  const pairs = [...body.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value] as const);
  return new Map(
    Object.entries(Object.groupBy(pairs, ([key]) => key)).map(([key, all = []]) => [key, all.map(([, v]) => v)]),
  );
}

const value = (key: string): string | undefined => SERVICE.get(key)?.join(' ');

/** systemd 250 knows these options; an older one would warn of them. */
const hasAnalyzer = (() => {
  try {
    const [, version = '0'] =
      /^systemd (\d+)/.exec(execFileSync('systemd-analyze', ['--version'], { encoding: 'utf8' })) ?? [];
    return Number(version) >= 250;
  } catch {
    return false;
  }
})();

test('it starts the program of the package, and in good order', () => {
  const server = JSON.parse(readFileSync(join(root, 'packages/server/package.json'), 'utf8')) as Manifest;
  const program = publishedManifest(server).bin?.['latchkey'] ?? '';
  expect(value('ExecStart')).toBe(`/usr/bin/node ${join('/opt/latchkey/node_modules/latchkey', program)} serve`);
  expect(value('Restart')).toBe('on-failure');
  // Requests in flight get ten seconds.
  expect(Number(value('TimeoutStopSec'))).toBeGreaterThan(15);
  // The default of the database is below the folder that it starts in, the one that it may write to.
  expect(value('WorkingDirectory')).toBe(join('/var/lib', value('StateDirectory') ?? ''));
});

test('what it sets are settings, and the server takes them with the files that it loads', () => {
  const set = Object.fromEntries((SERVICE.get('Environment') ?? []).map((pair) => pair.split('=') as [string, string]));
  const known = new Set<string>([...SETTING_NAMES, ...FILE_VARIABLES]);
  expect(Object.keys(set).filter((name) => !known.has(name))).toEqual([]);

  const credentials = mkdtempSync(join(tmpdir(), 'latchkey-credentials-'));
  const contents: Record<string, string> = {
    secret: `${'x'.repeat(44)}\n`,
    'smtp-url': 'smtps://user@mail.example.com\n',
  };
  const loaded = (SERVICE.get('LoadCredential') ?? []).map((pair) => pair.split(':') as [string, string]);
  expect(loaded.map(([name]) => name)).toEqual(Object.keys(contents));
  for (const [name, from] of loaded) {
    expect(from).toBe(join('/etc/latchkey', name));
    writeFileSync(join(credentials, name), contents[name] ?? '');
  }
  const placed = Object.entries(set).map(([name, given]) => [name, given.replace('%d', credentials)] as const);
  const settings = readSettings({ ...Object.fromEntries(placed), LATCHKEY_ISSUER: 'https://id.example.com' });
  expect(settings).toMatchObject({ mode: 'production', host: '127.0.0.1', databaseUrl: 'sqlite:./data/latchkey.db' });
  expect(settings.secret.reveal()).toBe('x'.repeat(44));
});

test('it has no secret in its environment, and may do little', () => {
  expect(text).not.toMatch(/^Environment=LATCHKEY_(?:SECRET|SMTP_URL|DATABASE_URL)=/m);
  expect(Object.fromEntries([...SERVICE].map(([key, values]) => [key, values.join(' ')]))).toMatchObject({
    DynamicUser: 'yes',
    NoNewPrivileges: 'yes',
    ProtectSystem: 'strict',
    CapabilityBoundingSet: '',
    SystemCallFilter: '@system-service ~@privileged',
    UMask: '0077',
  });
  // Node compiles as it runs.
  expect(SERVICE.has('MemoryDenyWriteExecute')).toBe(false);
});

test.skipIf(!hasAnalyzer)('systemd finds nothing wrong with it, and little that it exposes', async () => {
  const copy = join(mkdtempSync(join(tmpdir(), 'latchkey-unit-')), basename(path));
  // Node is elsewhere on this machine.
  writeFileSync(copy, text.replace('/usr/bin/node', process.execPath));
  const { stdout, stderr } = await run('systemd-analyze', ['verify', copy]);
  expect(stdout + stderr).toBe('');
  // Of ten points, times ten; it fails above.
  await run('systemd-analyze', ['security', '--offline=true', '--threshold=20', copy]);
});
