import { expect, test } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit/event.ts';
import { appendAuditEvent, listAuditEvents } from '../../src/storage/audit-events.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { NOW, useNodes } from './nodes.ts';

describeEachDatabase('the audit log', (database) => {
  const nodes = useNodes(database);

  const event: AuditEvent = {
    type: 'user.signed_in',
    outcome: 'success',
    actor: 'usr_1',
    target: 'ses_1',
    caller: { network: '192.0.2.1', userAgent: 'Browser' },
    details: { reason: 'a "quoted" one', count: 2 },
  };

  test('keeps what it is told, the newest first', async () => {
    await nodes().first.transaction(async (tx) => {
      await appendAuditEvent(tx, 'aud_1', event, NOW);
      await appendAuditEvent(tx, 'aud_2', { ...event, type: 'keys.rotated', actor: null, caller: null }, NOW + 1);
    });
    const { queries } = nodes().node(1);
    await expect(listAuditEvents(queries, 10)).resolves.toEqual([
      { type: 'keys.rotated', outcome: 'success', actor: null, target: 'ses_1', at: NOW + 1 },
      { type: 'user.signed_in', outcome: 'success', actor: 'usr_1', target: 'ses_1', at: NOW },
    ]);
    await expect(listAuditEvents(queries, 1)).resolves.toHaveLength(1);
    const row = await queries
      .selectFrom('audit_events')
      .selectAll()
      .where('id', '=', 'aud_1')
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ network: '192.0.2.1', user_agent: 'Browser' });
    expect(JSON.parse(row.details!)).toEqual(event.details);
  });

  test('forgets what was rolled back', async () => {
    const before = await listAuditEvents(nodes().first.queries, 10);
    const failing = nodes().first.transaction(async (tx) => {
      await appendAuditEvent(tx, 'aud_3', event, NOW);
      throw new Error('failed later');
    });
    await expect(failing).rejects.toThrow('failed later');
    await expect(listAuditEvents(nodes().first.queries, 10)).resolves.toEqual(before);
  });
});
