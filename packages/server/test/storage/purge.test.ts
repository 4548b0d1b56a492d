import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { DAY_MS } from '../../src/domain/instant.ts';
import { purgeExpired } from '../../src/operations/purge-expired.ts';
import type { Store } from '../../src/storage/store.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { createTestContext, TestClock } from '../support/test-server.ts';
import { addSession, addUser, NOW } from './nodes.ts';

const ROWS = 2500;

/** As many rows as a server finds after it was away for long. */
async function leaveExpiredRows(store: Store): Promise<void> {
  const numbers = sql`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${sql.lit(ROWS)})`;
  await store.transaction(async (tx) => {
    await sql`insert into one_time_tokens (token_hash, user_id, purpose, address, created_at, expires_at)
      ${numbers} select 'hash ' || n, null, 'purpose ' || n, null, 0, 1 from numbers`.execute(tx);
    await sql`insert into revocation_events (seq, kind, key, min_version, committed_at, drop_after)
      ${numbers} select n, 'session', 'ses_' || n, null, 0, 1 from numbers`.execute(tx);
  });
}

describeEachDatabase('the purge', (database) => {
  test('removes all that expired, however much it is, on two nodes at once', async () => {
    const clock = new TestClock(NOW);
    await using one = await createTestContext(clock, { databaseUrl: database.url });
    await using other = await createTestContext(clock, { databaseUrl: database.url });
    const { store } = one.operations;
    await leaveExpiredRows(store);
    const userId = await addUser(store);
    await addSession(store, userId, { expiresAt: NOW - 7 * DAY_MS - 1 });
    const recent = await addSession(store, userId, { expiresAt: NOW - 7 * DAY_MS });

    await Promise.all([purgeExpired(one.operations), purgeExpired(other.operations)]);
    const left = async (table: 'one_time_tokens' | 'revocation_events') =>
      store.queries.selectFrom(table).selectAll().execute();
    await expect(left('one_time_tokens')).resolves.toEqual([]);
    // The newest stays.
    await expect(left('revocation_events')).resolves.toMatchObject([{ seq: ROWS }]);
    const sessions = await store.queries.selectFrom('sessions').select('id').execute();
    expect(sessions.map(({ id }) => id)).toEqual([recent]);
  });
});
