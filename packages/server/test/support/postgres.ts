import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { startGuard, waitUntilReady, type Guard, type GuardedCommand, type GuardedProcess } from './guarded-process.ts';
import { postgresAccount, preparePostgresBinaries } from './postgres-binaries.ts';
import { answers, createPostgresDatabase, databaseUrl, dropPostgresDatabase } from './postgres-databases.ts';

const superuser = 'postgres';
const startTimeoutMs = 30_000;
const stopTimeoutMs = 10_000;

export interface PostgresOptions {
  /**
   * Keep what was committed through `kill()`. Default false: much faster, and a crash may lose or break everything.
   */
  readonly durable?: boolean;
}

/** A PostgreSQL server of its own, on loopback, with a random password. It never outlives the test run. */
export interface PostgresServer {
  readonly port: number;
  /** Of the postmaster, as of the newest start. */
  readonly pid: number;
  /** `postgres://…` of a database, by default of the administrative one. */
  url(databaseName?: string): string;
  /** Makes an empty database, by default under a new name, and returns its URL. */
  createDatabase(name?: string): Promise<string>;
  /** Drops the database with this URL and cuts its connections. */
  dropDatabase(url: string): Promise<void>;
  /** Ends the server and removes its files. Further calls do nothing. */
  stop(): Promise<void>;
  /** `kill -9` of the postmaster; resolves when its children have gone, too. Files stay for `restart()`. */
  kill(): Promise<void>;
  /** Starts it on the same files and port, after a fast shutdown if it is running. */
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const account = postgresAccount();
  const guard = await startGuard({ prefix: 'latchkey-postgres-', account });
  try {
    const password = randomBytes(16).toString('hex');
    const cluster = await makeCluster(guard, password);
    return await startServer(guard, cluster, password, options);
  } catch (error) {
    await guard.end();
    throw error;
  }
}

type PostmasterCommand = (port: number, settings: Readonly<Record<string, string | number>>) => GuardedCommand;

async function makeCluster(guard: Guard, password: string): Promise<PostmasterCommand> {
  const account = postgresAccount();
  const binaries = await preparePostgresBinaries(guard.directory, account);
  // Messages in English, instants in UTC, whatever the machine is set to.
  const env = { ...binaries.env, PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' };
  const data = join(guard.directory, 'data');
  const passwordFile = join(guard.directory, 'password');
  // 0644 inside a directory that only the account can enter.
  await writeFile(passwordFile, password, { mode: 0o644 });
  const initdb = await guard.run({
    file: binaries.initdb,
    args: [
      `--pgdata=${data}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ],
    env,
    // Left to finish, which takes less than a second: cut off, it leaves shared memory behind.
    endSignal: undefined,
  });
  const { code } = await initdb.exited;
  if (code !== 0) throw new Error(`initdb ended with ${code}. Its output:\n${initdb.output()}`);
  return (port, settings) => ({
    file: binaries.postgres,
    args: [
      '-D',
      data,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    env,
    // Immediate shutdown: no checkpoint, for nobody reads the files again, but nothing is left in shared memory.
    endSignal: 'SIGQUIT',
  });
}

async function startServer(
  guard: Guard,
  command: PostmasterCommand,
  password: string,
  options: PostgresOptions,
): Promise<PostgresServer> {
  const settings = postmasterSettings(options.durable ?? false);
  const port = await findFreePort();
  const serverUrl = `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres`;
  const start = async (): Promise<GuardedProcess> => {
    const started = await guard.run(command(port, settings));
    await waitUntilReady(started, () => answers(serverUrl), startTimeoutMs);
    return started;
  };
  let postmaster = await start();
  let stopped = false;
  const shutDown = async (signal: NodeJS.Signals): Promise<void> => {
    const timer = setTimeout(() => postmaster.signal('SIGKILL'), stopTimeoutMs);
    postmaster.signal(signal);
    await postmaster.exited;
    clearTimeout(timer);
  };
  const server: PostgresServer = {
    port,
    get pid() {
      return postmaster.pid;
    },
    url: (name = 'postgres') => databaseUrl(serverUrl, name),
    createDatabase: (name) => createPostgresDatabase(serverUrl, name),
    dropDatabase: (url) => dropPostgresDatabase(serverUrl, url),
    kill: () => shutDown('SIGKILL'),
    async restart() {
      if (postmaster.isRunning()) await shutDown('SIGINT');
      postmaster = await start();
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      try {
        // A killed server leaves a segment of shared memory, which only a new one on the same files removes.
        if (!postmaster.isRunning()) postmaster = await start();
      } finally {
        await guard.end();
      }
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
  return server;
}

function postmasterSettings(durable: boolean): Record<string, string | number> {
  const onlyIfDurable = durable ? 'on' : 'off';
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    fsync: onlyIfDurable,
    synchronous_commit: onlyIfDurable,
    full_page_writes: onlyIfDurable,
    // No work in the background: the databases are small and short-lived.
    autovacuum: 'off',
    // In the data directory, so that `kill -9` leaves nothing in /dev/shm.
    dynamic_shared_memory_type: 'mmap',
    // Errors of single statements reach the client; the log is for what goes wrong with the server.
    log_min_messages: 'log',
  };
}
