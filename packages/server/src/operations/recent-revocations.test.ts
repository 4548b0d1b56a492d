import { expect, test } from 'vitest';
import type { RecordedRevocation } from '../storage/revocations.ts';
import { RecentRevocations } from './recent-revocations.ts';

const event = (seq: number): RecordedRevocation => ({
  seq,
  kind: 'session',
  key: `ses_${seq}`,
  min_version: null,
  mark: `m${seq}`,
  committed_at: 0,
  drop_after: 1,
});

test('readers in the same place share a message; readers in thousands of places do not fill the memory', () => {
  const recent = new RecentRevocations({ epoch: 'epoch', seq: 0, mark: '' }, 8000);
  recent.append(Array.from({ length: 1000 }, (_value, index) => event(index + 1)));
  recent.wasRead({ head: 1000, now: 0, readAtMs: 0 });
  const messages = Array.from({ length: 1000 }, (_value, seq) => recent.messageAfter(seq));
  const shared = messages.filter((message, seq) => recent.messageAfter(seq) === message);
  expect(shared).toContain(messages[0]);
  expect(shared.length).toBeLessThan(100);
  expect(messages.at(-1)?.last).toMatchObject({ seq: 1000, mark: 'm1000' });
});
