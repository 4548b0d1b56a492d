import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bundledCommandLine } from '../../packages/server/test/support/bundled-command-line.ts';
import { commandLine } from './command-line.ts';
import { startServer, type ServerOptions, type ServerProcess } from './server-process.ts';

// Behaves as the real server does, without its weight, and misbehaves when told to.
const standIn = `
import { createServer } from 'node:http';
if (process.env.FAIL) { console.error('stand-in: wrong setting'); process.exit(3); }
const startedAt = performance.now();
const mail = { to: 'a@example.org', subject: 'Hello', text: '', html: '', links: [], sentAt: '2026-01-01T00:00:00Z' };
const server = createServer((request, response) => {
  if (request.url === '/health/ready' && performance.now() - startedAt < 100) response.statusCode = 503;
  const mails = request.url === '/dev/mail.json' ? [mail] : process.env;
  response.end(JSON.stringify(mails));
}).listen(Number(process.env.PORT), '127.0.0.1');
console.log('serving', process.argv[2]);
process.on('SIGTERM', () => {
  console.error('bye');
  process.exitCode = 7;
  server.close();
  server.closeAllConnections();
});
`;

let program: string;
const started: ServerProcess[] = [];

beforeAll(async () => {
  program = join(await mkdtemp(join(tmpdir(), 'stand-in-')), 'stand-in.mjs');
  await writeFile(program, standIn);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

async function start(options?: ServerOptions): Promise<ServerProcess> {
  const server = await startServer(options);
  started.push(server);
  return server;
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a stand-in for the server', () => {
  test('is ready when started, with the settings and nothing of the test runner', async () => {
    const server = await start({ program, settings: { LATCHKEY_SESSION_IDLE_SECONDS: '5' } });
    const environment = (await (await fetch(server.origin)).json()) as Record<string, string>;
    expect(environment).toMatchObject({
      PORT: String(server.port),
      LATCHKEY_ISSUER: server.origin,
      LATCHKEY_MODE: 'development',
      LATCHKEY_SESSION_IDLE_SECONDS: '5',
    });
    expect(environment).not.toHaveProperty('NODE_ENV');
    expect(environment).not.toHaveProperty('VITEST');
    expect(server.output()).toContain('serving serve');
  });

  test('gives its exit code and last words when stopped, and leaves nothing when closed', async () => {
    const server = await start({ program });
    expect(await server.stop()).toEqual({ code: 7, signal: null });
    expect(server.output()).toContain('bye');
    expect(server.isRunning()).toBe(false);
    expect(existsSync(server.directory)).toBe(true);
    await server.close();
    expect(existsSync(server.directory)).toBe(false);
  });

  test('is killed and started again at the same address, with another setting', async () => {
    const server = await start({ program });
    const { pid, origin } = server;
    expect(await server.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(isAlive(pid)).toBe(false);
    await expect(fetch(origin)).rejects.toThrow(TypeError);
    await server.restart({ LATCHKEY_MODE: 'production' });
    expect(server.pid).not.toBe(pid);
    expect(await (await fetch(origin)).json()).toMatchObject({ LATCHKEY_MODE: 'production' });
  });

  test('is killed when it runs at the end', async () => {
    const server = await start({ program });
    await server.close();
    expect(isAlive(server.pid)).toBe(false);
  });

  test('that ends at once shows what it said', async () => {
    const failure = startServer({ program, settings: { FAIL: '1' } });
    await expect(failure).rejects.toThrow('stand-in: wrong setting');
  });

  test('gives mail, and waits for it', async () => {
    const server = await start({ program });
    expect(await server.mails()).toHaveLength(1);
    expect(await server.mailTo('a@example.org')).toMatchObject({ subject: 'Hello' });
  });
});

describe('the server', () => {
  // Takes a while on a busy machine.
  beforeAll(() => bundledCommandLine());

  test.each([
    ['bundled', {}],
    ['from its sources', { program: commandLine }],
  ])('%s: starts with an empty outbox, ends with 0 on SIGTERM, and starts again', async (_name, options) => {
    const server = await start(options);
    expect(await server.mails()).toEqual([]);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    await server.restart();
    expect(await server.mails()).toEqual([]);
  });

  test('says which setting is wrong', async () => {
    await expect(startServer({ settings: { LATCHKEY_MODE: 'wrong' } })).rejects.toThrow('LATCHKEY_MODE');
  });
});
