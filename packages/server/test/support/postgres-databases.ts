import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';

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
