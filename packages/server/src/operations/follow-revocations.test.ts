import { expect, test } from 'vitest';
import { describeEachDatabase } from '../../test/support/databases.ts';
import { useTwoNodes } from '../../test/rotation/nodes.ts';
import { beginSession, HOLDER, type SessionOnTrial } from '../../test/rotation/session-on-trial.ts';
import { endAllSessions, endOneSession } from './end-sessions.ts';

describeEachDatabase('a node that follows the revocation log', (database) => {
  const nodes = useTwoNodes(database);
  const onSecond = () => ({ on: nodes.second });

  /** A session that the second node has in memory. */
  async function inMemory(): Promise<SessionOnTrial> {
    const session = await beginSession(nodes.first, { generation: 1, previousAttempt: 0 });
    await session.present(session.credential(1), onSecond());
    return session;
  }

  /** What the second node says of each session's current credential, and whether it asked the database for that. */
  async function said(sessions: readonly SessionOnTrial[]): Promise<string[]> {
    const answers: string[] = [];
    for (const session of sessions) {
      nodes.second.statements.length = 0;
      const reading = await session.present(session.credential(1), onSecond());
      const source = nodes.second.statements.length === 0 ? 'memory' : 'database';
      answers.push(`${reading.kind === 'live' ? 'live' : reading.reason}, from ${source}`);
    }
    return answers;
  }

  const { store } = { store: () => nodes.first.operations.store };

  test('refuses, after one round, a session that was ended on another, and remembers the rest', async () => {
    const [ended, other] = [await inMemory(), await inMemory()];
    await endOneSession(nodes.first.operations, { ...ended, reason: 'ended_by_user' }, HOLDER);
    expect(await said([ended, other])).toEqual(['live, from memory', 'live, from memory']);
    await nodes.second.follow();
    expect(await said([ended, other])).toEqual(['revoked, from database', 'live, from memory']);
  });

  test('refuses all sessions of a user who signed out everywhere', async () => {
    const [ended, other] = [await inMemory(), await inMemory()];
    await endAllSessions(nodes.first.operations, { userId: ended.userId }, HOLDER);
    await nodes.second.follow();
    expect(await said([ended, other])).toEqual(['revoked, from database', 'live, from memory']);
  });

  test('refuses a session that ended for theft, and reads one anew whose branch was voided', async () => {
    const [stolen, retried] = [await inMemory(), await inMemory()];
    // The one before, two generations back, is a theft.
    const { queries } = store();
    await queries.updateTable('sessions').set({ generation: 2 }).where('id', '=', stolen.id).execute();
    await stolen.present(stolen.credential(0));
    await queries
      .updateTable('sessions')
      .set({ rotated_at: nodes.clock.now() - 60_000 })
      .where('id', '=', retried.id)
      .execute();
    await retried.present(retried.credential(0));
    await nodes.second.follow();
    // To show the void child is itself a theft.
    expect(await said([stolen, retried])).toEqual(['revoked, from database', 'theft, from database']);
  });

  test('asks for the head alone where nothing was appended', async () => {
    const session = await inMemory();
    await nodes.second.follow();
    nodes.second.statements.length = 0;
    await nodes.second.follow();
    expect(nodes.second.statements).toEqual(['select']);
    expect(await said([session])).toEqual(['live, from memory']);
  });

  test('reads more than a page of events', async () => {
    const [ended, other] = [await inMemory(), await inMemory()];
    await appendEvents(1200);
    await endOneSession(nodes.first.operations, { ...ended, reason: 'ended_by_user' }, HOLDER);
    await nodes.second.follow();
    expect(await said([ended, other])).toEqual(['revoked, from database', 'live, from memory']);
  });

  test.each([
    [
      'events are missing, purged before it read them',
      async () => {
        await appendEvents(3);
        const { seq } = await head();
        await store().queries.deleteFrom('revocation_events').where('seq', '<', seq).execute();
      },
    ],
    [
      'the log is another one',
      () =>
        store()
          .queries.updateTable('revocation_head')
          .set({ epoch: `${Math.random()}` })
          .execute(),
    ],
    [
      'the log went back',
      async () => {
        const { seq } = await head();
        await store().queries.deleteFrom('revocation_events').where('seq', '=', seq).execute();
        await store()
          .queries.updateTable('revocation_head')
          .set({ seq: seq - 1, mark: '' })
          .execute();
      },
    ],
  ])('forgets everything where %s, and follows on from there', async (_what, harm) => {
    await appendEvents(2);
    await nodes.second.follow();
    const [one, other] = [await inMemory(), await inMemory()];
    await harm();
    await nodes.second.follow();
    expect(await said([one, other])).toEqual(['live, from database', 'live, from database']);
    await endOneSession(nodes.first.operations, { ...one, reason: 'ended_by_user' }, HOLDER);
    await nodes.second.follow();
    expect(await said([one, other])).toEqual(['revoked, from database', 'live, from memory']);
  });

  async function head(): Promise<{ readonly seq: number }> {
    return store().queries.selectFrom('revocation_head').select('seq').executeTakeFirstOrThrow();
  }

  /** Events of sessions that nobody has. */
  async function appendEvents(count: number): Promise<void> {
    await store().transaction(async (tx) => {
      const { seq } = await tx.selectFrom('revocation_head').select('seq').forUpdate().executeTakeFirstOrThrow();
      const rows = Array.from({ length: count }, (_, index) => ({
        seq: seq + index + 1,
        kind: 'session' as const,
        key: `ses_${String(index).padStart(32, '0')}`,
        min_version: null,
        committed_at: nodes.clock.now(),
        drop_after: nodes.clock.now() + 1,
        mark: '',
      }));
      for (let start = 0; start < rows.length; start += 100) {
        await tx
          .insertInto('revocation_events')
          .values(rows.slice(start, start + 100))
          .execute();
      }
      await tx
        .updateTable('revocation_head')
        .set({ seq: seq + count, mark: '' })
        .execute();
    });
  }
});
