/** `POST /admin/api/users/import`: what is refused, what is said of it, and what it may not do. */
import { ADMIN_ROUTES } from '@latchkey/protocol';
import { adminUserImportResponse } from '@latchkey/protocol/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemOf, startClockedServer, TestClock, type TestServer } from '../support/test-server.ts';
import { aManager, manage, type Manager } from './management.ts';

const HASH = '$2b$04$erYCzyie52lehugjcKamK.gy4.LV4kKHT9R4dvinzrDrD.Tpp00yi';
const clock = new TestClock();
const good = { email: 'good@example.com', email_verified: true, password_hash: HASH };

let server: TestServer;
let manager: Manager;
beforeAll(async () => {
  server = await startClockedServer(clock);
  manager = await aManager(server, 'admin:users');
});
afterAll(() => server.close());

const send = (users: unknown, more: object = {}) =>
  manage(server, manager.token, ADMIN_ROUTES.importUsers, { json: { users, ...more } });

/** Where a request is wrong. Makes sure that nothing at all was written. */
async function pointersOf(users: unknown): Promise<readonly string[]> {
  const before = await server.tableCounts();
  const response = await send(users);
  const text = await response.clone().text();
  expect(await problemOf(response)).toBe('400 invalid_request');
  expect(text).not.toContain('$2b$');
  const { errors = [] } = JSON.parse(text) as { readonly errors?: { readonly pointer: string }[] };
  expect(await server.tableCounts()).toEqual(before);
  return errors.map(({ pointer }) => pointer);
}

describe('a user is refused, and all who came with them', () => {
  test.each<[name: string, pointer: string, user: unknown]>([
    ['nothing', '', null],
    ['text', '', 'grace@example.com'],
    ['no address', '/email', { email_verified: true }],
    ['what is no address', '/email', { ...good, email: 'grace at example.com' }],
    ['two addresses', '/email', { ...good, email: 'grace@example.com,alan@example.com' }],
    ['a header in the address', '/email', { ...good, email: 'grace@example.com\r\nBcc: x@example.com' }],
    ['confirmed, nobody knows', '/email_verified', { email: 'grace@example.com' }],
    ['confirmed, as SQLite says', '/email_verified', { ...good, email_verified: 1 }],
    [
      'neither confirmed nor with a password',
      '/email_verified',
      { ...good, email_verified: false, password_hash: null },
    ],
    ['unconfirmed, with roles', '/roles', { ...good, email_verified: false, roles: ['moderator'] }],
    ['unconfirmed, and banned', '/banned', { ...good, email_verified: false, banned: true }],
    ['a member that is unknown', '/role', { ...good, role: 'administrator' }],
    ['a password', '/password', { ...good, password: 'correct horse' }],
    [
      'the name of a prototype',
      '/__proto__',
      JSON.parse(`{"email":"a@example.com","email_verified":true,"__proto__":1}`),
    ],
    ['a role of the server', '/roles/1', { ...good, roles: ['moderator', 'administrator'] }],
    ['no name of a role', '/roles/0', { ...good, roles: ['Moderator'] }],
    ['21 roles', '/roles', { ...good, roles: Array.from({ length: 21 }, (_, index) => `role-${index}`) }],
    ['a hash of MD5', '/password_hash', { ...good, password_hash: '5f4dcc3b5aa765d61d8327deb882cf99' }],
    ['a hash that takes years', '/password_hash', { ...good, password_hash: HASH.replace('04', '31') }],
    ['a hash as the database has it', '/password_hash', { ...good, password_hash: `imported:bcrypt:${HASH}` }],
    ['a hash without end', '/password_hash', { ...good, password_hash: HASH.padEnd(600, '.') }],
    ['a day that is none', '/created_at', { ...good, created_at: '2024-02-30T00:00:00Z' }],
    ['a day without its zone', '/created_at', { ...good, created_at: '2024-02-03 00:00:00' }],
    ['tomorrow', '/created_at', { ...good, created_at: new Date(clock.now() + 1).toISOString() }],
    ['a name that a terminal obeys', '/name', { ...good, name: '\u001b[2J' }],
    ['half of a character', '/name', { ...good, name: '\ud800' }],
  ])('%s', async (_name, pointer, user) => {
    expect(await pointersOf([good, user])).toEqual([`/users/1${pointer}`]);
  });

  test('nobody, or more than 100', async () => {
    expect(await pointersOf([])).toEqual(['/users']);
    expect(await pointersOf(Array.from({ length: 101 }, () => good))).toEqual(['/users']);
  });

  test('with an answer that is bounded, whatever is wrong', async () => {
    const wrong = { ...good, password_hash: 'x', created_at: '9999-01-01T00:00:00Z' };
    expect(await pointersOf(Array.from({ length: 100 }, () => wrong))).toHaveLength(20);
  });
});

test('what became of each is said in order; asked again, nothing changes, and a preview writes nothing', async () => {
  const users = [
    { ...good, email: 'zoe@example.com', roles: ['moderator'], name: null, created_at: null },
    { ...good, email: 'ada@example.com', email_verified: false },
    { ...good, email: 'Zoe@EXAMPLE.com', banned: true },
  ];
  const statuses = async (more: object = {}) => {
    const response = await send(users, more);
    expect(response.status).toBe(200);
    return adminUserImportResponse.parse(await response.json()).results;
  };
  const before = await server.tableCounts();
  const preview = await statuses({ dry_run: true });
  expect(preview.map(({ status }) => status)).toEqual(['imported', 'waiting', 'existing']);
  expect(await server.tableCounts()).toEqual(before);

  const [zoe, ada, again] = await statuses();
  expect([zoe, ada, again]).toMatchObject([
    { status: 'imported' },
    { status: 'waiting', id: null },
    { status: 'existing' },
  ]);
  expect(again!.id).toBe(zoe!.id);
  const events = (await server.auditEvents()).filter(({ type }) => type === 'user.imported');
  expect(events.map(({ actor, target }) => `${actor} ${target}`).toSorted()).toEqual(
    [`${manager.client.id} null`, `${manager.client.id} ${zoe!.id}`].toSorted(),
  );
  const after = await server.tableCounts();
  const third = [
    { status: 'existing', id: zoe!.id },
    { status: 'existing', id: null },
    { status: 'existing', id: zoe!.id },
  ];
  expect(await statuses()).toEqual(third);
  expect(await statuses({ dry_run: true })).toEqual(third);
  expect(await server.tableCounts()).toEqual(after);
  const shown = await manage(server, manager.token, `${ADMIN_ROUTES.users}/${zoe!.id}`);
  expect(await shown.json()).toMatchObject({ roles: ['moderator'], banned_at: null, email: 'zoe@example.com' });
});
