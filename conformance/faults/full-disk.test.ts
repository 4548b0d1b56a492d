/**
 * A disk that is really full. Where this machine lets us mount one, a small file system of the server's own, which is
 * filled and emptied while it runs. Everywhere a limit to the size of files, which is lifted where `prlimit` is there.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, copyFileSync, openSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { cookieOf, createAccount, newAccount, post, signIn, signUp, type Account } from '../support/accounts.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

interface FullDisk {
  /** Leaves the server no space, for as long as it runs. */
  fill(server: ServerProcess): Promise<void>;
  /** Gives it space again; undefined where only a restart can. */
  readonly free: ((server: ServerProcess) => void) | undefined;
  /** How the server is started on it. */
  readonly launcher?: readonly string[];
}

const databaseIn = ({ directory }: ServerProcess) => join(directory, 'data', 'latchkey.db');

const succeeds = (file: string, ...args: readonly string[]) => spawnSync(file, args, { stdio: 'ignore' }).status === 0;

/** Root may mount in a namespace of its own; others where the system allows them to be root of one. */
const namespace = ['unshare', '--mount', ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'])];
const mountData = 'mkdir data && mount -t tmpfs -o size=2m tmpfs data && exec "$@"';

/** A path of the server's, which may be in a file system that only it has. */
const seenBy = ({ pid, directory }: ServerProcess, name: string) =>
  join(process.platform === 'linux' ? `/proc/${pid}/root` : '/', directory, 'data', name);
const fillerOf = (server: ServerProcess) => seenBy(server, 'filler');

/** A file system that goes with the process. Seen from here through the process that lives in it. */
const smallFileSystem: FullDisk = {
  launcher: [...namespace, 'sh', '-c', mountData, 'sh'],
  async fill(server) {
    const file = openSync(fillerOf(server), 'a');
    try {
      const block = Buffer.alloc(64 * 1024);
      for (let size = block.length; size >= 1;) {
        try {
          writeSync(file, block, 0, size);
        } catch {
          size = Math.floor(size / 2);
        }
      }
    } finally {
      closeSync(file);
    }
    expect(() => appendFileSync(fillerOf(server), 'x')).toThrow('ENOSPC');
  },
  free: (server) => truncateSync(fillerOf(server)),
};

/** No file may grow beyond the database as it is now, so that its log has little room. `ulimit` counts in 512 bytes. */
const limitedFiles: FullDisk = {
  async fill(server) {
    await server.stop();
    const blocks = Math.ceil(statSync(databaseIn(server)).size / 512);
    await server.restart({}, ['sh', '-c', `ulimit -S -f ${blocks} && exec "$@"`, 'sh']);
  },
  free: succeeds('prlimit', '--version')
    ? ({ pid }) => void succeeds('prlimit', '--pid', String(pid), '--fsize=unlimited')
    : undefined,
};

const canMount = succeeds('unshare', ...namespace.slice(1), 'sh', '-c', 'mount -t tmpfs tmpfs /mnt');
const disks = [
  ['limited files', limitedFiles] as const,
  ...(canMount ? [['small disk', smallFileSystem] as const] : []),
];

/** SQLite would follow `/proc/PID/root` to a place outside of it: it gets a copy, taken while nothing is written. */
function expectSoundDatabase(server: ServerProcess): void {
  const copy = join(server.directory, 'copy.db');
  for (const suffix of ['', '-wal']) copyFileSync(seenBy(server, `latchkey.db${suffix}`), copy + suffix);
  using database = new DatabaseSync(copy);
  expect(database.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
}

async function expectUnavailable(answer: Response): Promise<void> {
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(await answer.json()).toMatchObject({ code: 'temporarily_unavailable' });
}

describe.each(disks)('%s', (_name, disk) => {
  test(
    'what writes is told to try again, what reads works on, and all is well when there is space',
    { timeout: 60_000 },
    async () => {
      await using server = await startServer(disk.launcher ? { launcher: disk.launcher } : {});
      const { origin } = server;
      const account = await createAccount(server);
      const cookie = await cookieOf(origin, account);
      await disk.fill(server);
      const { pid } = server;

      // The first ones may still find room.
      const acknowledged: Account[] = [];
      let answer = await signUp(origin, newAccount());
      while (answer.status === 202) {
        const another = newAccount();
        answer = await signUp(origin, another);
        if (answer.status === 202) acknowledged.push(another);
      }
      await expectUnavailable(answer);
      answer = await signIn(origin, account);
      while (answer.status === 200) answer = await signIn(origin, account);
      await expectUnavailable(answer);
      const many = await Promise.all(Array.from({ length: 4 }, () => signUp(origin, newAccount())));
      for (const one of many) await expectUnavailable(one);

      const read = async (path: string) => (await fetch(origin + path, { headers: { cookie } })).status;
      for (const path of ['/api/session', '/account', '/.well-known/jwks.json', '/dev/mail.json', '/health/live']) {
        expect(await read(path), path).toBe(200);
      }
      expect((await post(origin, '/api/session/token', {}, { cookie })).status).toBe(200);
      expect(server.isRunning()).toBe(true);

      if (disk.free) {
        disk.free(server);
        await expect.poll(async () => (await signUp(origin, newAccount())).status).toBe(202);
        expect(server.pid).toBe(pid);
      } else {
        await server.stop();
        await server.restart({}, []);
      }
      for (const { email } of acknowledged) await server.mailTo(email);
      expect((await signIn(origin, account)).status).toBe(200);
      expect((await post(origin, '/api/sign-out', {}, { cookie })).status).toBe(204);
      expect(await read('/api/session')).toBe(401);
      expectSoundDatabase(server);
    },
  );
});
