/** Lists of the management API: complete, filtered, and read from an index however many rows there are. */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { ADMIN_ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId, type UserId } from '../../src/domain/ids.ts';
import { audit } from '../../src/operations/context.ts';
import { selectAuditEvents, type AuditSearch } from '../../src/storage/audit-search.ts';
import { selectUsers, type UserPage, type UserSearch } from '../../src/storage/user-search.ts';
import { insertUser, setApplicationRoles } from '../../src/storage/users.ts';
import { aUser } from '../storage/nodes.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { problemOf, startClockedServer, TestClock, type TestServer } from '../support/test-server.ts';
import { aManager, manage } from './management.ts';

interface Listed {
  readonly id: string;
  readonly email: string;
  readonly type: string;
  readonly seq: number;
}

describeEachDatabase('lists', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
    ({ token } = await aManager(server));
  });
  afterAll(() => server.close());

  /** Somebody whose account is made now. */
  const add = async (email: string, more: { role?: 'administrator'; banned?: true } = {}) => {
    clock.advance(1);
    const now = clock.now();
    const id = newId('usr', now, randomBytes);
    const user = aUser({ id, email: { address: email, key: email.toLowerCase() }, role: more.role ?? 'user', now });
    await server.operations.store.transaction(async (tx) => {
      await insertUser(tx, user);
      if (more.banned) await tx.updateTable('users').set({ banned_at: now }).where('id', '=', id).execute();
    });
    return id as string;
  };

  async function page(path: string, member: string, query: Record<string, string>) {
    const response = await manage(server, token, `${path}?${new URLSearchParams(query).toString()}`);
    expect(response.status).toBe(200);
    const body = (await response.json()) as Record<string, unknown>;
    return { rows: body[member] as readonly Listed[], next: body['next'] as string | number | null };
  }

  /** All rows, in pages of three, while somebody does something between them. */
  async function all(path: string, member: string, query: Record<string, string>, between = async () => {}) {
    const rows: Listed[] = [];
    for (let cursor: string | number | null = ''; cursor !== null;) {
      const more: Record<string, string> = cursor === '' ? {} : { cursor: String(cursor) };
      const { rows: some, next } = await page(path, member, { ...query, limit: '3', ...more });
      expect(some.length).toBeLessThanOrEqual(3);
      rows.push(...some);
      cursor = next;
      await between();
    }
    return rows;
  }

  test('every user who was there is on the pages once, in order, while others come', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 10; index += 1) ids.push(await add(`Paged-${index}@example.org`));
    let comes = 0;
    const another = async () => void (await add(`paged-${(comes += 1)}-late@example.org`));
    for (const [order, expected] of [
      ['newest', ids.toReversed()],
      ['oldest', ids],
    ] as const) {
      const found = (await all(ADMIN_ROUTES.users, 'users', { order }, another)).map(({ id }) => id);
      expect(new Set(found).size).toBe(found.length);
      expect(found.filter((id) => ids.includes(id))).toEqual(expected);
    }
    const byAddress = await all(ADMIN_ROUTES.users, 'users', { email: 'PAGED-' }, another);
    const addresses = byAddress.map(({ email }) => email.toLowerCase());
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(addresses).toEqual(addresses.toSorted());
    expect(byAddress.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  });

  test('users are filtered by the beginning of the address, as bytes, and nothing else is a pattern', async () => {
    for (const name of ['filter.a', 'filter-b', 'filter_c', 'filter%d', 'filter', "filter'e", 'filter~f']) {
      await add(`${name}@example.org`);
    }
    const starting = async (email: string) =>
      (await all(ADMIN_ROUTES.users, 'users', { email })).map((user) => user.email.split('@')[0]);
    expect(await starting('filter')).toEqual([
      'filter%d',
      "filter'e",
      'filter-b',
      'filter.a',
      'filter',
      'filter_c',
      'filter~f',
    ]);
    expect(await starting('filter_')).toEqual(['filter_c']);
    expect(await starting('filter%')).toEqual(['filter%d']);
    expect(await starting("filter'")).toEqual(["filter'e"]);
    expect(await starting('filter@example.org')).toEqual(['filter']);
    expect(await starting('FILTER.A@')).toEqual(['filter.a']);
    expect(await starting('ilter')).toEqual([]);
  });

  test('users are filtered by role and by ban', async () => {
    const [administrator, banned, both] = [
      await add('role-1@example.org', { role: 'administrator' }),
      await add('role-2@example.org', { banned: true }),
      await add('role-3@example.org', { role: 'administrator', banned: true }),
    ];
    const found = async (query: Record<string, string>) =>
      (await all(ADMIN_ROUTES.users, 'users', { email: 'role-', ...query })).map(({ id }) => id);
    expect(await found({ role: 'administrator' })).toEqual([administrator, both]);
    expect(await found({ role: 'user' })).toEqual([banned]);
    expect(await found({ banned: 'true' })).toEqual([banned, both]);
    expect(await found({ banned: 'false' })).toEqual([administrator]);
    expect(await found({ role: 'administrator', banned: 'true' })).toEqual([both]);
    const newest = await page(ADMIN_ROUTES.users, 'users', { role: 'administrator', banned: 'true' });
    expect(newest.rows.map(({ id }) => id)).toEqual([both]);
  });

  test('users are filtered by a role of applications, of all that they have', async () => {
    const grant = async (name: string, ...roles: readonly string[]) => {
      const id = await add(`app-role-${name}@example.org`);
      await server.operations.store.transaction((tx) => setApplicationRoles(tx, id as UserId, roles, clock.now()));
      return id;
    };
    const [a, b] = [await grant('a', 'mod_x'), await grant('b', 'editor', 'mod_x', 'writer')];
    const [c, d] = [await grant('c', 'modyx'), await grant('d', 'mod_x.more', 'not-mod_x')];
    const found = async (role: string) =>
      (await all(ADMIN_ROUTES.users, 'users', { email: 'app-role-', role })).map(({ id }) => id);
    expect(await found('mod_x')).toEqual([a, b]);
    expect(await found('writer')).toEqual([b]);
    expect(await found('modyx')).toEqual([c]);
    expect(await found('mod_x.more')).toEqual([d]);
    expect(await found('mod')).toEqual([]);
    expect(await found('user')).toEqual([a, b, c, d]);
    expect((await page(ADMIN_ROUTES.users, 'users', { role: 'editor' })).rows.map(({ id }) => id)).toEqual([b]);
    for (const role of ['%', 'mod!_x', 'Mod', 'a b']) {
      const path = `${ADMIN_ROUTES.users}?${new URLSearchParams({ role }).toString()}`;
      expect(await problemOf(await manage(server, token, path))).toBe('400 invalid_request');
    }
  });

  test('audit events are found by type, actor, target and time, and each once', async () => {
    const { operations } = server;
    const begin = clock.now() + 1000;
    for (let index = 0; index < 8; index += 1) {
      clock.advance(1000);
      await operations.store.transaction((tx) =>
        audit(operations, tx, clock.now(), {
          type: index % 2 === 0 ? 'user.banned' : 'user.unbanned',
          outcome: 'success',
          actor: index < 4 ? 'usr_a' : 'usr_b',
          target: `usr_${index}`,
          caller: null,
        }),
      );
    }
    const at = (index: number) => new Date(begin + index * 1000).toISOString();
    const found = async (query: Record<string, string>) =>
      (await all(ADMIN_ROUTES.audit, 'events', { since: at(0), ...query })).map(
        (event) => (event as { target?: string }).target,
      );
    const targets = (...indices: readonly number[]) => indices.map((index) => `usr_${index}`);
    expect(await found({})).toEqual(targets(7, 6, 5, 4, 3, 2, 1, 0));
    expect(await found({ type: 'user.banned' })).toEqual(targets(6, 4, 2, 0));
    expect(await found({ actor: 'usr_a' })).toEqual(targets(3, 2, 1, 0));
    expect(await found({ target: 'usr_5' })).toEqual(targets(5));
    expect(await found({ about: 'usr_b' })).toEqual(targets(7, 6, 5, 4));
    // From a moment on, and up to another one without it.
    expect(await found({ since: at(2), until: at(4) })).toEqual(targets(3, 2));
    expect(await found({ actor: 'usr_a', type: 'user.banned', until: at(2) })).toEqual(targets(0));
    expect(await found({ since: at(9) })).toEqual([]);
  });

  test('the chain is read in its order and verified in parts, and a link that is none is found out', async () => {
    const events = await all(ADMIN_ROUTES.auditChain, 'events', {});
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
    const verify = async (query: Record<string, string>) => {
      const text = new URLSearchParams(query).toString();
      return (await manage(server, token, `${ADMIN_ROUTES.auditVerification}?${text}`)).json() as Promise<unknown>;
    };
    const intact = (await verify({})) as { readonly kind: string; readonly head: string; readonly events: number };
    expect(intact).toMatchObject({ kind: 'intact', removed: 0, events: events.length });
    expect(await verify({ expect: intact.head, cursor: intact.head })).toEqual(intact);
    const forged = `${events.length}:${'A'.repeat(43)}`;
    expect(await verify({ cursor: forged })).toEqual({ kind: 'not_as_expected', seq: events.length });
    expect(await verify({ expect: forged })).toEqual({ kind: 'not_as_expected', seq: events.length });
    expect(await verify({ cursor: `999999:${'A'.repeat(43)}` })).toEqual({ kind: 'not_as_expected', seq: 999_999 });
  });

  describe('hostile parameters are refused by their name', () => {
    const someId = (kind: string) => `${kind}_${'0'.repeat(32)}`;
    const limits = ['0', '101', '-1', '1e2', '%205', '5%20', '+5', '٣', '0x10', '1.5', '9'.repeat(400)];
    const cursors = ['x', someId('ses'), `${someId('usr')}'`, '%27%20or%201=1', 'a'.repeat(600)];
    const addressCursors = ['=', 'YQ', '%ff', 'AAAAAAAAAAAA', 'YWJjZA==', someId('usr')];
    const ofUsers = [
      'role=Root',
      'banned=1',
      'banned=TRUE',
      'order=id',
      'order=newest%3Bdrop',
      'email=%00',
      'email=%ed%a0%80',
      'email=%zz',
      `email=${'a'.repeat(300)}`,
      'limit=1&limit=2',
      'offset=1',
      '__proto__=1',
      'constructor=1',
      'access_token=x',
    ];
    const ofAudit = [
      'since=yesterday',
      'since=2030-01-01',
      'since=2030-13-01T00:00:00Z',
      'until=1',
      'since=%00',
      `cursor=${someId('usr')}`,
      'cursor=1',
      `type=${'a'.repeat(100)}`,
      'actor=%0a',
      'order=newest',
    ];
    const asked: [path: string, queries: readonly string[]][] = [
      [ADMIN_ROUTES.users, ofUsers],
      [ADMIN_ROUTES.users, limits.map((limit) => `limit=${limit}`)],
      [ADMIN_ROUTES.users, cursors.map((cursor) => `cursor=${cursor}`)],
      [ADMIN_ROUTES.users, addressCursors.map((cursor) => `email=a&cursor=${cursor}`)],
      [ADMIN_ROUTES.sessions, ['user=x', `user=${someId('ses')}`, `cursor=${someId('usr')}`, 'email=a', 'limit=0']],
      [ADMIN_ROUTES.audit, ofAudit],
      [ADMIN_ROUTES.auditChain, ['cursor=x', 'cursor=-1', 'cursor=1.5', 'cursor=9999999999999999', 'limit=0']],
      [
        ADMIN_ROUTES.auditVerification,
        ['cursor=1', 'cursor=1:x', 'expect=x', `expect=-1:${'A'.repeat(43)}`, 'limit=1'],
      ],
    ];
    test.each(asked)('%s', async (path, queries) => {
      for (const query of queries) {
        const response = await manage(server, token, `${path}?${query}`);
        expect([query, await problemOf(response)]).toEqual([query, '400 invalid_request']);
      }
    });

    test('and a value that no row has finds none', async () => {
      expect((await page(ADMIN_ROUTES.users, 'users', { email: "' or 1=1 --" })).rows).toEqual([]);
      expect((await page(ADMIN_ROUTES.users, 'users', { email: 'ü🦊' })).rows).toEqual([]);
      expect((await page(ADMIN_ROUTES.audit, 'events', { actor: "x' or '1'='1" })).rows).toEqual([]);
      expect((await page(ADMIN_ROUTES.audit, 'events', { since: '9999-12-31T23:59:59Z' })).rows).toEqual([]);
      const unknown = await manage(server, token, `${ADMIN_ROUTES.sessions}?user=${someId('usr')}`);
      expect(await problemOf(unknown)).toBe('404 not_found');
    });
  });
});

describeEachDatabase('100,000 users', (database) => {
  const USERS = 100_000;
  let server: TestServer;
  beforeAll(async () => {
    server = await startClockedServer(new TestClock(), { databaseUrl: (await database.fresh()).url });
    const { queries, engine } = server.operations.store;
    const [numbers, hex] =
      engine === 'sqlite'
        ? [
            sql`(with recursive c(n) as (select 1 union all select n + 1 from c where n < ${USERS}) select n from c)`,
            sql`printf('%032x', n)`,
          ]
        : [sql`generate_series(1, ${USERS}::int) as c(n)`, sql`lpad(to_hex(n), 32, '0')`];
    await sql`insert into users (id, email, email_key, role, version, created_at, updated_at, banned_at,
        application_roles)
      select 'usr_' || ${hex}, 'user-' || n || '@example.org', 'user-' || n || '@example.org',
        case when n % 20000 = 0 then 'administrator' else 'user' end, 1, 1, 1,
        case when n % 30000 = 0 then 1 else null end,
        case when n % 10000 = 0 then 'editor moderator' else '' end
      from ${numbers}`.execute(queries);
    await sql`analyze users`.execute(queries);
  }, 60_000);
  afterAll(() => server.close());

  const middle = `usr_${(50_000).toString(16).padStart(32, '0')}`;
  const asked: [name: string, search: UserSearch, page: Omit<UserPage, 'limit'>][] = [
    ['the first page', {}, { order: 'newest', after: undefined }],
    ['a page in the middle', {}, { order: 'newest', after: middle }],
    ['the oldest', {}, { order: 'oldest', after: middle }],
    ['those with a beginning', { emailPrefix: 'user-77' }, { order: 'address', after: undefined }],
    [
      'those with a beginning, further on',
      { emailPrefix: 'user-77' },
      { order: 'address', after: 'user-7788@example.org' },
    ],
    ['administrators', { role: 'administrator' }, { order: 'newest', after: middle }],
    ['moderators', { role: 'moderator' }, { order: 'newest', after: middle }],
    ['the banned', { banned: true }, { order: 'newest', after: undefined }],
  ];
  test.each(asked)('%s are read from an index, without sorting', async (_name, search, page) => {
    const { queries, engine } = server.operations.store;
    const query = selectUsers(queries, search, { ...page, limit: 51 });
    const plan = JSON.stringify(
      engine === 'sqlite' ? await query.explain('' as 'text', sql`query plan`) : await query.explain(),
    );
    expect(plan).toMatch(/SEARCH users USING|SCAN users USING INDEX|Index Scan/);
    expect(plan).not.toMatch(/TEMP B-TREE|Seq Scan|Sort|SCAN users"/);
    expect((await query.execute()).length).toBeGreaterThan(0);
  });
});

describeEachDatabase('30,000 audit events', (database) => {
  const EVENTS = 30_000;
  let server: TestServer;
  beforeAll(async () => {
    server = await startClockedServer(new TestClock(), { databaseUrl: (await database.fresh()).url });
    const { queries, engine } = server.operations.store;
    const [numbers, hex] =
      engine === 'sqlite'
        ? [
            sql`(with recursive c(n) as (select 1 union all select n + 1 from c where n < ${EVENTS}) select n from c)`,
            sql`printf('%032x', n)`,
          ]
        : [sql`generate_series(1, ${EVENTS}::int) as c(n)`, sql`lpad(to_hex(n), 32, '0')`];
    await sql`insert into audit_events (id, at, type, outcome, actor, target)
      select 'aud_' || ${hex}, n, case when n % 5000 = 0 then 'seldom' else 'often' end, 'success',
        'usr_' || (n % 3000), 'ses_' || (n % 3000)
      from ${numbers}`.execute(queries);
    await sql`analyze audit_events`.execute(queries);
  }, 60_000);
  afterAll(() => server.close());

  test.each<[AuditSearch]>([
    [{}],
    [{ before: `aud_${(5000).toString(16).padStart(32, '0')}` }],
    [{ actor: 'usr_7' }],
    [{ target: 'ses_7' }],
    [{ about: 'ses_7' }],
    [{ type: 'seldom' }],
  ])('those of %j are read from an index', async (search) => {
    const { queries, engine } = server.operations.store;
    const query = selectAuditEvents(queries, search, 51);
    const plan = JSON.stringify(
      engine === 'sqlite' ? await query.explain('' as 'text', sql`query plan`) : await query.explain(),
    );
    // Nothing but a condition of an index leaves rows out.
    expect(plan).toMatch(
      Object.keys(search).length === 0
        ? /SCAN audit_events USING INDEX|Index Scan/
        : /(?:SEARCH audit_events USING INDEX|Index Cond)/,
    );
    expect(plan).not.toMatch(/Seq Scan|SCAN audit_events"/);
    expect((await query.execute()).length).toBeGreaterThan(0);
  });
});
