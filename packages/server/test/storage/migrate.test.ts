import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sql, type Kysely } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { SchemaTooNewError } from '../../src/storage/errors.ts';
import { migrate, pendingMigrations } from '../../src/storage/migrate.ts';
import { MIGRATIONS } from '../../src/storage/migrations/index.ts';
import { openStore } from '../../src/storage/open-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { createTestDatabase, describeEachDatabase } from '../support/databases.ts';

const NAMES = Object.keys(MIGRATIONS);

/** A release that has one more migration than this one. */
const newer = (up: (db: Kysely<unknown>) => Promise<void>) => ({ ...MIGRATIONS, '9999-newer': { up } });
const addTable = async (db: Kysely<unknown>) => void (await sql`create table added (n integer)`.execute(db));

async function tablesOf(store: Store): Promise<readonly string[]> {
  const tables = await store.queries.introspection.getTables({ withInternalKyselyTables: true });
  return tables.map((table) => table.name).toSorted();
}

describeEachDatabase('migrations', (database) => {
  const opened: Store[] = [];
  const open = (url: string, count = 1) => {
    const stores = Array.from({ length: count }, () => openStore({ url }));
    opened.push(...stores);
    return stores;
  };
  const openFresh = async () => open((await database.fresh()).url)[0]!;
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  test('bring an empty database to the schema, once', async () => {
    const store = await openFresh();
    await expect(pendingMigrations(store)).resolves.toEqual(NAMES);
    await expect(migrate(store)).resolves.toEqual(NAMES);
    await expect(pendingMigrations(store)).resolves.toEqual([]);
    await expect(migrate(store)).resolves.toEqual([]);
    const rows = await store.queries.selectFrom('schema_migrations').selectAll().execute();
    expect(rows.map((row) => row.name)).toEqual(NAMES);
    for (const { applied_at } of rows) expect(Math.abs(Date.now() - applied_at)).toBeLessThan(60_000);
  });

  test('are run by exactly one of ten nodes that start at once', async () => {
    const { url } = await database.fresh();
    const results = await Promise.all(open(url, 10).map((store) => migrate(store)));
    expect(results.filter((names) => names.length > 0)).toEqual([NAMES]);
  });

  test('of a newer release are run alone, after those of this one', async () => {
    const store = await openFresh();
    await migrate(store);
    await expect(pendingMigrations(store, newer(addTable))).resolves.toEqual(['9999-newer']);
    await expect(migrate(store, newer(addTable))).resolves.toEqual(['9999-newer']);
    await expect(tablesOf(store)).resolves.toContain('added');
  });

  test('of a newer release stop this one, and nothing is changed', async () => {
    const store = await openFresh();
    await migrate(store, { '9999-newer': MIGRATIONS['0001-initial']! });
    const before = await tablesOf(store);
    await expect(migrate(store)).rejects.toBeInstanceOf(SchemaTooNewError);
    await expect(pendingMigrations(store)).rejects.toBeInstanceOf(SchemaTooNewError);
    await expect(tablesOf(store)).resolves.toEqual(before);
    await expect(store.queries.selectFrom('schema_migrations').select('name').execute()).resolves.toHaveLength(1);
  });

  test('make registrations of accounts that waited to be confirmed, whose links stay good', async () => {
    const store = await openFresh();
    const [first] = Object.entries(MIGRATIONS);
    await migrate(store, Object.fromEntries([first!]));
    const user = (name: string, verifiedAt: string) =>
      `insert into users (id, email, email_key, email_verified_at, role, version, created_at, updated_at)
        values ('usr_${name}', '${name}@Example.com', '${name}@example.com', ${verifiedAt}, 'user', 1, 5, 6)`;
    const password = (name: string) => `insert into password_credentials values ('usr_${name}', 'hash of ${name}', 6)`;
    const token = (name: string, purpose: string) =>
      `insert into one_time_tokens values ('${purpose} of ${name}', 'usr_${name}', '${purpose}', 'an address', 5, 77)`;
    for (const name of ['waits', 'repeated', 'unmailed', 'verified']) {
      await sql.raw(user(name, name === 'verified' ? '7' : 'null')).execute(store.queries);
      await sql.raw(password(name)).execute(store.queries);
    }
    for (const statement of [token('waits', 'verify_email'), token('repeated', 'verify_email')]) {
      await sql.raw(statement).execute(store.queries);
    }
    await sql.raw(token('verified', 'reset_password')).execute(store.queries);
    await sql`insert into audit_events (id, at, type, outcome, target)
      values ('aud_1', 5, 'user.sign_up_repeated', 'success', 'usr_repeated')`.execute(store.queries);
    await migrate(store);

    const users = await store.queries.selectFrom('users').select(['id', 'email_verified_at']).execute();
    expect(users).toEqual([{ id: 'usr_verified', email_verified_at: 7 }]);
    const tokens = await store.queries.selectFrom('one_time_tokens').select('token_hash').execute();
    expect(tokens).toEqual([{ token_hash: 'reset_password of verified' }]);
    const rows = await store.queries.selectFrom('registrations').selectAll().orderBy('email_key').execute();
    const row = { name: null, created_at: 5, expires_at: 77 };
    expect(rows).toEqual(
      ['repeated', 'unmailed', 'waits'].map((name) => ({
        ...row,
        email_key: `${name}@example.com`,
        address: `${name}@Example.com`,
        password_hash: `hash of ${name}`,
        token_hash: name === 'unmailed' ? null : `verify_email of ${name}`,
        contested: name === 'repeated' ? 1 : 0,
        expires_at: name === 'unmailed' ? 6 + 86_400_000 : 77,
      })),
    );
  });

  test('that fail half-way leave nothing, and can be run again', async () => {
    const store = await openFresh();
    const failing = newer(async (db) => {
      await addTable(db);
      throw new Error('half-way');
    });
    await expect(migrate(store, failing)).rejects.toThrow('half-way');
    await expect(tablesOf(store)).resolves.toEqual([]);
    await migrate(store);
    const before = await tablesOf(store);
    await expect(migrate(store, failing)).rejects.toThrow('half-way');
    await expect(tablesOf(store)).resolves.toEqual(before);
    await expect(migrate(store, newer(addTable))).resolves.toEqual(['9999-newer']);
  });

  test('that fail on one of several nodes are run by another', async () => {
    const { url } = await database.fresh();
    let failures = 0;
    const failingOnce = newer(async (db) => {
      await addTable(db);
      failures += 1;
      if (failures === 1) throw new Error('first only');
    });
    const results = await Promise.allSettled(open(url, 5).map((store) => migrate(store, failingOnce)));
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    const applied = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    expect(applied).toEqual([...NAMES, '9999-newer']);
  });

  test('may take longer than any statement of a request, and others wait for them', async () => {
    const { url } = await database.fresh();
    const hurried = () => {
      const store = openStore({ url, statementTimeoutMs: database.dialect === 'postgres' ? 400 : 5000 });
      opened.push(store);
      return store;
    };
    const slow = newer(async (db) => {
      await addTable(db);
      if (database.dialect === 'postgres') await sql`select pg_sleep(0.8)`.execute(db);
    });
    const results = await Promise.all([migrate(hurried(), slow), migrate(hurried(), slow)]);
    expect(results.flat()).toEqual([...NAMES, '9999-newer']);
  });
});

describe('migrations of a SQLite file', () => {
  test('are run by exactly one of ten processes that start at once', { timeout: 30_000 }, async () => {
    await using database = await createTestDatabase('sqlite');
    const program = fileURLToPath(new URL('./another-process.ts', import.meta.url));
    const results = await Promise.all(
      Array.from({ length: 10 }, () => promisify(execFile)(process.execPath, [program, 'migrate', database.url])),
    );
    const applied = results.map(({ stdout }) => JSON.parse(stdout) as string[]);
    expect(applied.filter((names) => names.length > 0)).toEqual([NAMES]);
  });
});
