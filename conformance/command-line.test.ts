/** Latchkey's commands as a user runs them. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';
import { latchkey, type CommandResult } from './support/command-line.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Where a user stands who has not started anything yet. It goes with the test run. */
async function newFolder() {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-commands-'));
  const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    latchkey(args, { environment, directory });
  return { directory, run, diagnose: (environment?: Readonly<Record<string, string>>) => diagnoseBy(run, environment) };
}

interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'error';
}

async function diagnoseBy(
  run: (args: readonly string[], environment?: Readonly<Record<string, string>>) => Promise<CommandResult>,
  environment?: Readonly<Record<string, string>>,
) {
  const { code, stdout, stderr } = await run(['doctor', '--json'], environment);
  return { code, stderr, text: stdout, findings: JSON.parse(stdout) as readonly Finding[] };
}

const of = (check: string, level: Finding['level']) => expect.objectContaining({ check, level }) as Finding;

test.concurrent('--help lists the commands and every setting', async () => {
  const { run } = await newFolder();
  const { code, stdout, stderr } = await run(['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const command of ['serve', 'migrate', 'doctor', 'keys', 'clients', 'audit'])
    expect(stdout).toMatch(new RegExp(`^ +${command}\\b`, 'm'));
  const settings = stdout.match(/^ +(?:PORT|HOST|LATCHKEY_\w+) +\S.*$/gm) ?? [];
  expect(settings.length).toBeGreaterThan(15);
  for (const name of [
    'PORT',
    'HOST',
    'LATCHKEY_SECRET',
    'LATCHKEY_SESSION_OVERLAP_SECONDS',
    'LATCHKEY_TRUSTED_PROXIES',
  ]) {
    expect(stdout).toMatch(new RegExp(`^ +${name} `, 'm'));
  }
  expect(stdout).toMatch(/: LATCHKEY_DATABASE_URL_FILE, LATCHKEY_SECRET_FILE, LATCHKEY_SMTP_URL_FILE$/m);
});

test.concurrent('serve --help says what it does, and does not do it', async () => {
  const { run } = await newFolder();
  const { code, stdout } = await run(['serve', '--help'], { LATCHKEY_MODE: 'not a mode' });
  expect(code).toBe(0);
  expect(stdout).toContain('latchkey serve');
});

test.concurrent('a command that there is not', async () => {
  const { run } = await newFolder();
  const { code, stdout, stderr } = await run(['destroy']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('destroy');
});

test.concurrent('migrate, doctor and keys on a new database, one after the other', async () => {
  const { run, diagnose } = await newFolder();
  const before = await diagnose();
  expect(before.code).toBe(0);
  expect(before.findings).toContainEqual(of('database', 'warning'));

  const first = await run(['migrate', '--json']);
  expect(first.code, first.stderr).toBe(0);
  const { applied } = JSON.parse(first.stdout) as { readonly applied: readonly string[] };
  expect(applied[0]).toMatch(/^0001-/);
  expect(JSON.parse((await run(['migrate', '--json'])).stdout)).toEqual({ applied: [] });

  const keys = JSON.parse((await run(['keys', 'list', '--json'])).stdout) as readonly Record<string, string>[];
  expect(new Set(keys.map(({ state }) => state))).toEqual(new Set(['active', 'next']));
  for (const key of keys) {
    expect(Object.keys(key).toSorted()).toEqual(['algorithm', 'created_at', 'kid', 'state']);
    expect(key).toMatchObject({ algorithm: 'ES256', kid: expect.stringMatching(/^[\w-]{43}$/) as string });
    expect(Number.isNaN(Date.parse(key['created_at']!))).toBe(false);
  }

  const after = await diagnose();
  expect(after.code).toBe(0);
  expect(after.findings.filter(({ level }) => level !== 'ok')).toEqual([]);
});

test.concurrent('doctor finds a database that is none', async () => {
  const { directory, diagnose } = await newFolder();
  await writeFile(join(directory, 'broken.db'), 'this is no database, but text that somebody put here. '.repeat(100));
  const { code, findings } = await diagnose({ LATCHKEY_DATABASE_URL: 'sqlite:./broken.db' });
  expect(code).toBe(1);
  expect(findings).toContainEqual(of('database', 'error'));
});

test.concurrent('doctor finds a server that is not there, and keeps its password to itself', async () => {
  const { diagnose } = await newFolder();
  const url = 'postgres://app:hunter2@127.0.0.1:1/latchkey';
  const { code, findings, text, stderr } = await diagnose({ LATCHKEY_DATABASE_URL: url });
  expect(code).toBe(1);
  expect(findings).toContainEqual(of('database', 'error'));
  expect(text + stderr).not.toContain('hunter2');
});

test.concurrent('doctor finds plain http beyond this machine, and what else is unsafe', async () => {
  const { diagnose } = await newFolder();
  const { code, findings } = await diagnose({
    LATCHKEY_ISSUER: 'http://id.example.com',
    HOST: '0.0.0.0',
    LATCHKEY_SESION_IDLE_SECONDS: '600',
  });
  expect(code).toBe(1);
  expect(findings).toContainEqual(of('issuer', 'error'));
  expect(findings).toContainEqual(of('host', 'warning'));
  expect(findings).toContainEqual(of('settings', 'warning'));
});

test.concurrent('doctor finds another secret, and a secret that others can read', async () => {
  const { directory, run, diagnose } = await newFolder();
  expect((await run(['keys', 'list'])).code).toBe(0);
  await chmod(join(directory, 'data', 'latchkey.db.secret'), 0o644);
  const readable = await diagnose();
  expect(readable.code).toBe(0);
  expect(readable.findings).toContainEqual(of('secret', 'warning'));

  const { code, findings } = await diagnose({ LATCHKEY_SECRET: randomBytes(32).toString('hex') });
  expect(code).toBe(1);
  expect(findings.some(({ level }) => level === 'error')).toBe(true);
});

test.concurrent('audit: lists, exports and verifies what happened, and finds what was changed', async () => {
  const { run, directory } = await newFolder();
  await run(['clients', 'add', 'Orders API', '--scope', 'introspect']);
  const listed = JSON.parse((await run(['audit', 'list', '--type', 'client.added', '--json'])).stdout) as object[];
  expect(listed).toEqual([expect.objectContaining({ type: 'client.added', actor: 'cli', outcome: 'success' })]);

  const verified = JSON.parse((await run(['audit', 'verify', '--json'])).stdout) as { kind: string; head: string };
  expect(verified).toMatchObject({ kind: 'intact', removed: 0 });
  const lines = (await run(['audit', 'export'])).stdout.trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { seq: number; mac: string });
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
  expect(verified.head).toBe(`${events.length}:${events.at(-1)!.mac}`);
  expect((await run(['audit', 'export', '--after', String(events.length)])).stdout).toBe('');
  expect((await run(['audit', 'verify', '--expect', verified.head])).code).toBe(0);

  const database = new DatabaseSync(join(directory, 'data', 'latchkey.db'));
  database.exec("update audit_events set actor = 'nobody' where chain_seq = 2");
  database.close();
  const broken = await run(['audit', 'verify', '--json']);
  expect(broken.code).toBe(1);
  expect(JSON.parse(broken.stdout)).toEqual({ kind: 'changed', seq: 2 });
});
