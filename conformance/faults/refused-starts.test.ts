/** Starts that are refused: exit code 1, what is wrong and what to do about it on standard error, and no secret. */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { latchkey, type CommandResult } from '../support/command-line.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

vi.setConfig({ testTimeout: 60_000 });

const secret = randomBytes(32).toString('base64url');

async function serve(environment: Readonly<Record<string, string>>): Promise<CommandResult> {
  return latchkey(['serve'], {
    environment: { PORT: String(await findFreePort()), LATCHKEY_SECRET: secret, ...environment },
    directory: tmpdir(),
  });
}

/** A server that has been here before: its directory, port and secret are there for another start. */
async function withStopped(action: (server: ServerProcess) => Promise<void>): Promise<void> {
  await using server = await startServer();
  await server.stop();
  await action(server);
}

const startAgain = (server: ServerProcess, more: Readonly<Record<string, string>> = {}) =>
  latchkey(['serve'], { environment: { ...server.environment, ...more }, directory: server.directory });

const lineOf = (text: string, setting: string) => text.split('\n').find((line) => line.startsWith(`  ${setting}: `));

test.concurrent('every wrong setting at once: its name, what was given and what is allowed, secrets masked', async () => {
  const wrong = {
    PORT: '70000',
    LATCHKEY_MODE: 'staging',
    LATCHKEY_ISSUER: 'https://id.example.com/',
    LATCHKEY_SESSION_IDLE_SECONDS: '-5',
    LATCHKEY_ACCESS_TOKEN_TTL_SECONDS: '3600',
    LATCHKEY_SIGNING_ALGORITHM: 'HS256',
    LATCHKEY_TRUSTED_PROXIES: '10.0.0.0/33',
  };
  const masked = {
    LATCHKEY_SECRET: 'too-short-a-secret',
    LATCHKEY_SMTP_URL: 'http://mailer:hunter2@mail.example.com',
    LATCHKEY_DATABASE_URL: 'mysql://app:hunter2@db.example.com/latchkey',
  };
  const { code, stdout, stderr } = await serve({ ...wrong, ...masked });
  expect(code).toBe(1);
  expect(stdout).toBe('');
  for (const [name, value] of Object.entries(wrong)) {
    expect(lineOf(stderr, name)).toMatch(/allowed: \S/);
    expect(lineOf(stderr, name)).toContain(value);
  }
  for (const name of Object.keys(masked)) expect(lineOf(stderr, name)).toMatch(/allowed: \S/);
  expect(stderr).not.toContain(masked.LATCHKEY_SECRET);
  expect(stderr).not.toContain('hunter2');
});

test.concurrent('settings that do not go together: production without https, a secret and a mail server', async () => {
  const { code, stderr } = await latchkey(['serve'], {
    environment: { LATCHKEY_MODE: 'production', LATCHKEY_ISSUER: 'http://id.example.com' },
    directory: tmpdir(),
  });
  expect(code).toBe(1);
  for (const name of ['LATCHKEY_ISSUER', 'LATCHKEY_SECRET', 'LATCHKEY_SMTP_URL']) expect(stderr).toContain(name);
});

test.concurrent('a port that is taken', async () => {
  await using server = await startServer();
  const { code, stderr } = await startAgain(server);
  expect(code).toBe(1);
  expect(stderr).toContain(String(server.port));
  expect(stderr).toContain('PORT');
  expect((await fetch(`${server.origin}/health/ready`)).status).toBe(200);
});

test.concurrent('a database that a newer release has migrated is left alone', async () => {
  await withStopped(async (server) => {
    using database = new DatabaseSync(join(server.directory, 'data', 'latchkey.db'));
    database.exec(`insert into schema_migrations (name, applied_at) values ('9999-of-tomorrow', 0)`);
    const { code, stderr } = await startAgain(server);
    expect(code).toBe(1);
    expect(stderr).toContain('9999-of-tomorrow');
    expect(stderr).toMatch(/newer release/);
  });
});

test.concurrent('another secret than the one that the database was made with', async () => {
  await withStopped(async (server) => {
    const { code, stderr } = await startAgain(server, { LATCHKEY_SECRET: secret });
    expect(code).toBe(1);
    expect(stderr).toContain('LATCHKEY_SECRET');
    expect(stderr).not.toContain(secret);
    // With the right one it goes on.
    await server.restart();
  });
});

test.concurrent.each([
  ['PostgreSQL that is not there', 'postgres://app:hunter2@127.0.0.1:1/latchkey', /ECONNREFUSED|127\.0\.0\.1:1/],
  ['SQLite in a place that is no folder', 'sqlite:/dev/null/latchkey.db', /\/dev\/null\/latchkey\.db/],
])('a database that cannot be opened: %s', async (_name, url, cause) => {
  const { code, stderr } = await serve({ LATCHKEY_DATABASE_URL: url });
  expect(code).toBe(1);
  expect(stderr).toMatch(cause);
  expect(stderr).toContain('latchkey doctor');
  expect(stderr).not.toContain('hunter2');
});
