import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { appendRevocation } from '../../src/storage/revocations.ts';
import { lockServer } from '../../src/storage/server-lock.ts';
import { administratorExists, insertUser } from '../../src/storage/users.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { aUser, NOW, useNodes } from './nodes.ts';

describeEachDatabase('the lock of the server', (database) => {
  const nodes = useNodes(database);

  test('lets one of 50 make the first administrator', async () => {
    const made = await nodes().transactAtOnce(50, async (tx) => {
      await lockServer(tx);
      if (await administratorExists(tx)) return false;
      return insertUser(tx, aUser({ role: 'administrator' }));
    });
    expect(made.filter(Boolean)).toHaveLength(1);
  });

  // The one writer of SQLite makes everybody wait.
  if (database.dialect === 'postgres') {
    test('holds up nobody who revokes', async () => {
      await nodes()
        .node(0)
        .transaction(async (tx) => {
          await lockServer(tx);
          await nodes()
            .node(1)
            .transaction((other) => appendRevocation(other, { kind: 'session', key: 'ses_0' }, NOW, NOW, randomBytes));
          await expect(administratorExists(tx)).resolves.toBe(true);
        });
    });
  }
});
