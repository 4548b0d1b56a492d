import type { SlotSession } from 'latchkey/sessions';
import { expect, test } from 'vitest';
import { chooseSlot } from './slots.ts';

const taken = (...slots: (number | undefined)[]) =>
  slots.map((slot) => ({ slot, session: { subject: `usr_${slot ?? 'first'}` } }) as SlotSession);

test.each<
  [name: string, taken: readonly SlotSession[], subject: string | undefined, slot: number | undefined | 'full']
>([
  ['the first account of a browser has no number', [], 'usr_a', undefined],
  ['the next one has the first number', taken(undefined), 'usr_a', 0],
  ['a gap is filled', taken(undefined, 0, 2), 'usr_a', 1],
  ['an account that is there already stays where it is', taken(undefined, 0, 2), 'usr_2', 2],
  ['also as the first', taken(undefined, 0), 'usr_first', undefined],
  ['all are taken', taken(undefined, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 'usr_a', 'full'],
  ['all are taken, by this one too', taken(undefined, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 'usr_9', 9],
])('%s', (_name, sessions, subject, slot) => {
  expect(chooseSlot(sessions, subject)).toBe(slot);
});
