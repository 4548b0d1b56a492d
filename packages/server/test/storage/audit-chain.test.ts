import { beforeEach, afterEach, expect, test } from 'vitest';
import { DAY_MS } from '../../src/domain/instant.ts';
import { CHAIN_BEGINNING, type ChainLink } from '../../src/domain/audit/chain.ts';
import { chainAuditEvents, purgeAuditEvents, verifyAuditLog } from '../../src/operations/chain-audit-events.ts';
import { audit } from '../../src/operations/context.ts';
import { prepareDatabase } from '../../src/operations/start.ts';
import { listChained, readAuditChain } from '../../src/storage/audit-chain.ts';
import type { Queries } from '../../src/storage/store.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { createTestContext, TestClock, type TestContext } from '../support/test-server.ts';

describeEachDatabase('the chain of audit events', (database) => {
  let clock: TestClock;
  let context: TestContext;
  beforeEach(async () => {
    clock = new TestClock();
    context = await createTestContext(clock, { databaseUrl: (await database.fresh()).url });
  });
  afterEach(() => context[Symbol.asyncDispose]());

  const happen = async (count: number): Promise<void> => {
    const { operations } = context;
    await operations.store.transaction(async (tx) => {
      for (let done = 0; done < count; done += 1) {
        await audit(operations, tx, clock.now(), {
          type: 'user.signed_in',
          outcome: 'success',
          actor: 'usr_1',
          target: `ses_${done}`,
          caller: { network: '192.0.2.1', userAgent: 'A "quoted" browser' },
          details: { done },
        });
      }
    });
  };
  const verify = (expected?: ChainLink) => verifyAuditLog(context.operations, { expected });
  const head = async () => (await readAuditChain(context.operations.store.queries)).head;

  test('takes in all that was committed, once, in one order, from several nodes at a time', async () => {
    await happen(1203);
    await Promise.all(Array.from({ length: 4 }, () => chainAuditEvents(context.operations)));
    const { queries } = context.operations.store;
    const records = await listChained(queries, 0, 10_000);
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_record, index) => index + 1));
    expect(records.length).toBeGreaterThanOrEqual(1203);
    expect(await verify()).toMatchObject({ kind: 'intact', head: { seq: records.length }, unchained: false });
    await happen(1);
    expect(await verify()).toMatchObject({ kind: 'intact', unchained: true });
  });

  test('an event that is changed, removed, or cut off at the end is found', async () => {
    await happen(10);
    await chainAuditEvents(context.operations);
    const { queries } = context.operations.store;
    const { seq } = await head();

    const change = (target: string) =>
      queries.updateTable('audit_events').set({ target }).where('chain_seq', '=', 5).execute();
    const { target } = (await listChained(queries, 4, 1))[0]!;
    await change('ses_other');
    expect(await verify()).toEqual({ kind: 'changed', seq: 5 });
    await change(target!);
    expect(await verify()).toMatchObject({ kind: 'intact' });

    await queries.deleteFrom('audit_events').where('chain_seq', '=', seq).execute();
    expect(await verify()).toEqual({ kind: 'end_missing', seq });
    await queries.deleteFrom('audit_events').where('chain_seq', '=', 3).execute();
    expect(await verify()).toEqual({ kind: 'missing', seq: 3 });
  });

  test('an end that was cut off together with the row of the chain is found by a head that was kept', async () => {
    await happen(2);
    await chainAuditEvents(context.operations);
    const seen = await context.operations.store.queries.selectFrom('audit_chain').selectAll().executeTakeFirstOrThrow();
    await happen(3);
    await chainAuditEvents(context.operations);
    const kept = await head();
    await happen(5);
    await chainAuditEvents(context.operations);
    expect(await verify(kept)).toMatchObject({ kind: 'intact' });

    // What the row said before is known to whoever has read it then.
    const { queries } = context.operations.store;
    await queries.deleteFrom('audit_events').where('chain_seq', '>', seen.seq).execute();
    await queries.updateTable('audit_chain').set(seen).execute();
    expect(await verify()).toMatchObject({ kind: 'intact' });
    expect(await verify(kept)).toEqual({ kind: 'not_as_expected', seq: kept.seq });
  });

  test('nobody has events chained once more, by putting the end of the chain back', async () => {
    await happen(10);
    await chainAuditEvents(context.operations);
    const { queries } = context.operations.store;
    const [third] = await listChained(queries, 2, 1);
    const again = { chain_seq: null, chain_mac: null, target: 'ses_other' };
    for (const end of [third!, CHAIN_BEGINNING]) {
      await queries.updateTable('audit_events').set(again).where('chain_seq', '>', end.seq).execute();
      await queries.updateTable('audit_chain').set({ seq: end.seq, mac: end.mac }).execute();
      await expect(chainAuditEvents(context.operations)).rejects.toMatchObject({ name: 'AuditChainBrokenError' });
      expect(await verify()).toEqual({ kind: 'base_forged' });
    }
  });

  test('what is older than the retention goes, and the rest stays intact; nobody else can take the beginning', async () => {
    await happen(600);
    await chainAuditEvents(context.operations);
    const old = await head();
    clock.advance(context.settings.auditRetentionDays * DAY_MS + 1);
    await happen(3);
    await chainAuditEvents(context.operations);
    await purgeAuditEvents(context.operations);
    const { queries } = context.operations.store;
    expect(await listChained(queries, 0, 10_000)).toHaveLength(3);
    expect(await verify()).toMatchObject({ kind: 'intact', base: old });
    expect(await verify(old)).toMatchObject({ kind: 'intact' });

    const [next] = await listChained(queries, old.seq, 1);
    await queries.deleteFrom('audit_events').where('chain_seq', '=', next!.seq).execute();
    expect(await verify()).toEqual({ kind: 'missing', seq: next!.seq });
    await queries.updateTable('audit_chain').set({ base_seq: next!.seq, base_mac: next!.mac }).execute();
    expect(await verify()).toEqual({ kind: 'base_forged' });
  });

  test.each<[string, (queries: Queries) => Promise<unknown>, object]>([
    [
      'the date of an event',
      (queries) => queries.updateTable('audit_events').set({ at: 0 }).where('chain_seq', '<=', 3).execute(),
      { kind: 'changed', seq: 1 },
    ],
    [
      'the base of the chain',
      async (queries) => {
        const [, , third] = await listChained(queries, 0, 3);
        await queries.deleteFrom('audit_events').where('chain_seq', '<=', third!.seq).execute();
        await queries.updateTable('audit_chain').set({ base_seq: third!.seq, base_mac: third!.mac }).execute();
        await queries.updateTable('audit_events').set({ at: 0 }).where('chain_seq', '=', 4).execute();
      },
      { kind: 'base_forged' },
    ],
  ])('nobody has the beginning removed, and the removal vouched for, by changing %s', async (_what, change, found) => {
    await happen(10);
    await chainAuditEvents(context.operations);
    await change(context.operations.store.queries);
    await expect(purgeAuditEvents(context.operations)).rejects.toMatchObject({ name: 'AuditChainBrokenError' });
    expect(await verify()).toEqual(found);
  });

  test('removes nothing that is young', async () => {
    await happen(3);
    await chainAuditEvents(context.operations);
    await purgeAuditEvents(context.operations);
    await prepareDatabase(context.operations);
    const { base } = await readAuditChain(context.operations.store.queries);
    expect(base).toEqual(CHAIN_BEGINNING);
    expect(await verify()).toMatchObject({ kind: 'intact' });
  });
});
