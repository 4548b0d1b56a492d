/** What a rotation costs on PostgreSQL, in round trips: each statement waits for the answer to the one before. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Session } from '../../src/domain/sessions/session.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases.ts';
import { openNodeInRealTime, type TestNode } from './nodes.ts';
import { beginSession, outcomeOf } from './session-on-trial.ts';

const W = 60_000;
const R = 600_000;

let database: TestDatabase;
let node: TestNode;
const query = vi.spyOn(Client.prototype, 'query');
beforeAll(async () => {
  database = await createTestDatabase('postgres');
  node = await openNodeInRealTime(database.url);
});
afterAll(async () => {
  query.mockRestore();
  await node[Symbol.asyncDispose]();
  await database.drop();
});

/** First words of the statements that went over the wire. */
function sent(): string[] {
  return query.mock.calls.map(([statement]) => {
    const text = typeof statement === 'string' ? statement : (statement as { readonly text: string }).text;
    return text.split(/\s/, 1)[0] ?? '';
  });
}

const CHANGE = ['select', 'start', 'select', 'update', 'commit'];

type Case = [
  what: string,
  ageMs: number,
  changes: Partial<Session>,
  presented: number,
  outcome: string,
  cost: string[],
];

test.each<Case>([
  ['a rotation', R, {}, 0, 'live + renewal', CHANGE],
  ['a rotation of a refresh token', W, { carrier: 'refresh_token' }, 0, 'live + renewal', CHANGE],
  ['a confirmation', W, {}, 0, 'live', CHANGE],
  ['a repeated answer', 0, { generation: 1 }, 0, 'live + renewal', ['select', 'start', 'select', 'commit']],
  ['a use that is not in memory', 0, {}, 0, 'live', ['select']],
])('%s', async (_what, ageMs, changes, presented, outcome, cost) => {
  const session = await beginSession(node, { ...changes, rotatedAt: Date.now() - ageMs });
  query.mockClear();
  expect(outcomeOf(await session.present(session.credential(presented)))).toBe(outcome);
  expect(sent()).toEqual(cost);
});

test('a use that is in memory costs nothing', async () => {
  const session = await beginSession(node);
  await session.present(session.credential(0));
  query.mockClear();
  expect(outcomeOf(await session.present(session.credential(0)))).toBe('live');
  expect(sent()).toEqual([]);
});
