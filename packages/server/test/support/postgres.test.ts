import { existsSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type PostgresServer } from './postgres.ts';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({ durable: true });
});
afterAll(() => server.stop());

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('listens on loopback only, on no socket file', async () => {
  expect(await query(server.url(), 'SHOW listen_addresses')).toEqual(['127.0.0.1']);
  expect(await query(server.url(), 'SHOW unix_socket_directories')).toEqual(['']);
});

test('keeps two databases apart', async () => {
  const [one, other] = await Promise.all([server.createDatabase('one'), server.createDatabase()]);
  await query(one, 'CREATE TABLE t (a int)');
  expect(await query(one, 'SELECT count(*)::int FROM t')).toEqual([0]);
  await expect(query(other, 'SELECT * FROM t')).rejects.toMatchObject({ code: '42P01' });
  await server.dropDatabase(other);
  await expect(query(other, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
});

test('makes ten databases at once', async () => {
  const urls = await Promise.all(Array.from({ length: 10 }, () => server.createDatabase()));
  expect(new Set(urls).size).toBe(10);
  for (const url of urls) expect(await query(url, 'SELECT 1')).toEqual([1]);
});

test('recovers from kill -9 with what was committed, at the same address', async () => {
  const url = await server.createDatabase();
  await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  const pid = server.pid;
  await server.kill();
  expect(isAlive(pid)).toBe(false);
  await expect(query(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await server.restart();
  expect(server.pid).not.toBe(pid);
  expect(await query(url, 'SELECT answer FROM kept')).toEqual([42]);
});

test('cuts connections when it restarts', async () => {
  const client = new Client({ connectionString: server.url() });
  const cut = new Promise<Error>((resolve) => client.on('error', resolve));
  await client.connect();
  await server.restart();
  expect(await cut).toMatchObject({ code: '57P01' });
  expect(await query(server.url(), 'SELECT 1')).toEqual([1]);
});

test.each([{ killedFirst: false }, { killedFirst: true }])(
  'leaves nothing when stopped: %o',
  async ({ killedFirst }) => {
    const stopped = await startPostgres();
    const [directory] = await query(stopped.url(), 'SHOW data_directory');
    expect(existsSync(String(directory))).toBe(true);
    if (killedFirst) await stopped.kill();
    await stopped.stop();
    expect(existsSync(String(directory))).toBe(false);
    expect(isAlive(stopped.pid)).toBe(false);
    await stopped.stop();
  },
);
