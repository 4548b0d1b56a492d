import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/** The same server's URL with another database. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

/**
 * Makes an empty database. Any number of callers may do so at once.
 * @param name default: a new name
 * @returns its URL
 */
export async function createPostgresDatabase(serverUrl: string, name = newName()): Promise<string> {
  // Copies files instead of logging every page: half the time, and nothing to write when the database is dropped.
  await administer(serverUrl, `CREATE DATABASE ${escapeIdentifier(name)} STRATEGY FILE_COPY`);
  return databaseUrl(serverUrl, name);
}

/** Drops a database, and cuts its connections. One that does not exist is no error. */
export async function dropPostgresDatabase(serverUrl: string, url: string): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  await administer(serverUrl, `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
}

/** Runs statements, and gives the rows of the last one. */
export async function queryPostgres(url: string, statements: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const results = await client.query(statements);
    return ([results].flat().at(-1)?.rows ?? []) as readonly unknown[];
  } finally {
    await client.end();
  }
}

/** A copy of a database, and the way back to it. */
export interface DatabaseBackup extends AsyncDisposable {
  /** Puts the database back; whoever is connected to it is cut off. */
  restore(): Promise<void>;
}

/** Copies a database. Connections to it are cut off meanwhile. */
export async function backUpPostgresDatabase(serverUrl: string, url: string): Promise<DatabaseBackup> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const [own, copy] = [escapeIdentifier(name), escapeIdentifier(`${name}_backup`)];
  const run = async (...statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await administer(serverUrl, statement);
  };
  const copyOf = (made: string, template: string) => `CREATE DATABASE ${made} TEMPLATE ${template} STRATEGY FILE_COPY`;
  await run(
    `ALTER DATABASE ${own} ALLOW_CONNECTIONS false`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${escapeLiteral(name)}`,
    copyOf(copy, own),
    `ALTER DATABASE ${own} ALLOW_CONNECTIONS true`,
  );
  return {
    restore: () => run(`DROP DATABASE ${own} WITH (FORCE)`, copyOf(own, copy)),
    [Symbol.asyncDispose]: () => run(`DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`),
  };
}

export async function answers(url: string): Promise<boolean> {
  await administer(url, 'SELECT 1');
  return true;
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // The server may go away while the connection closes; the statement has had its answer then.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function newName(): string {
  return `test_${randomBytes(8).toString('hex')}`;
}
