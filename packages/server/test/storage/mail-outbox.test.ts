import { expect, test } from 'vitest';
import { claimDueMail, deleteMail, enqueueMail, listMails, type OutboxMail } from '../../src/storage/mail-outbox.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { NOW, useNodes } from './nodes.ts';

const RETRY_MS = 100;

function aMail(id: string, createdAt = NOW): Omit<OutboxMail, 'attempts'> {
  return { id, kind: 'verify_email', to: `${id}@example.org`, contentSealed: new Uint8Array([0, 255, 7]), createdAt };
}

describeEachDatabase('the outbox', (database) => {
  const nodes = useNodes(database);

  const enqueue = async (...mails: Omit<OutboxMail, 'attempts'>[]) =>
    nodes().first.transaction(async (tx) => {
      for (const mail of mails) await enqueueMail(tx, mail);
    });
  const claim = async (now: number, node = 0) =>
    nodes()
      .node(node)
      .transaction((tx) => claimDueMail(tx, now, (attempts) => now + attempts * RETRY_MS));
  const remove = async (...ids: string[]) =>
    nodes().first.transaction(async (tx) => {
      for (const id of ids) await deleteMail(tx, id);
    });

  test('gives mails as they were put in, the newest first', async () => {
    await enqueue(aMail('old', NOW - 1), aMail('new'));
    const mails = await listMails(nodes().node(1).queries, 10);
    expect(mails).toStrictEqual([
      { ...aMail('new'), attempts: 0 },
      { ...aMail('old', NOW - 1), attempts: 0 },
    ]);
    await expect(listMails(nodes().first.queries, 1)).resolves.toHaveLength(1);
    await remove('old', 'new');
    await expect(listMails(nodes().first.queries, 10)).resolves.toEqual([]);
  });

  test('gives each mail to exactly one of several nodes', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `mail ${index}`);
    await enqueue(...ids.map((id) => aMail(id)));
    const claimed = await nodes().atOnce(9, async (_, node) => {
      const mine: string[] = [];
      for (let mail = await claim(NOW, node); mail !== undefined; mail = await claim(NOW, node)) mine.push(mail.id);
      return mine;
    });
    expect(claimed.flat().toSorted()).toEqual(ids.toSorted());
    await remove(...ids);
  });

  test('gives the mail that is due longest, and none that is not due', async () => {
    await enqueue(aMail('second', NOW + 1), aMail('first', NOW), aMail('third', NOW + 2));
    await expect(claim(NOW - 1)).resolves.toBeUndefined();
    await expect(claim(NOW + 1)).resolves.toMatchObject({ id: 'first' });
    await expect(claim(NOW + 1)).resolves.toMatchObject({ id: 'second' });
    await expect(claim(NOW + 1)).resolves.toBeUndefined();
    await remove('first', 'second', 'third');
  });

  test('gives a mail again at its next attempt, not sooner, and counts', async () => {
    await enqueue(aMail('retried'));
    await expect(claim(NOW)).resolves.toStrictEqual({ ...aMail('retried'), attempts: 1 });
    await expect(claim(NOW + RETRY_MS - 1)).resolves.toBeUndefined();
    await expect(claim(NOW + RETRY_MS)).resolves.toMatchObject({ attempts: 2 });
    await expect(claim(NOW + 3 * RETRY_MS - 1)).resolves.toBeUndefined();
    await expect(claim(NOW + 3 * RETRY_MS)).resolves.toMatchObject({ attempts: 3 });
    await remove('retried');
  });

  test('gives a mail again whose claim was rolled back', async () => {
    await enqueue(aMail('unclaimed'));
    const failing = nodes().first.transaction(async (tx) => {
      await claimDueMail(tx, NOW, () => NOW + RETRY_MS);
      throw new Error('failed later');
    });
    await expect(failing).rejects.toThrow('failed later');
    await expect(claim(NOW, 1)).resolves.toStrictEqual({ ...aMail('unclaimed'), attempts: 1 });
    await remove('unclaimed');
  });

  // The one writer of SQLite makes the others wait instead.
  if (database.dialect === 'postgres') {
    test('passes over what another node is just claiming', async () => {
      await enqueue(aMail('locked', NOW - 1), aMail('free'));
      await nodes()
        .node(0)
        .transaction(async (tx) => {
          await expect(claimDueMail(tx, NOW, () => NOW + 1)).resolves.toMatchObject({ id: 'locked' });
          await expect(claim(NOW, 1)).resolves.toMatchObject({ id: 'free' });
          await expect(claim(NOW, 2)).resolves.toBeUndefined();
        });
      await remove('locked', 'free');
    });
  }
});
