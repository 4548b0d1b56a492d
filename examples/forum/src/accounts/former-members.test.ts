import { beforeEach, expect, test } from 'vitest';
import type { AuthorId } from '../domain/types.ts';
import { createBell } from '../operations/bell.ts';
import { readProfile, upsertAuthor } from '../operations/index.ts';
import type { ForumContext } from '../operations/context.ts';
import { openDatabase } from '../storage/open-database.ts';
import { FormerMembers } from './former-members.ts';

let context: ForumContext;
beforeEach(() => {
  context = { database: openDatabase(':memory:'), clock: Date.now, bell: createBell() };
});

const idOf = (index: number) => `usr_${index.toString(16).padStart(32, '0')}` as AuthorId;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The sweep of a forum with so many members, the first of whom are gone. Gives how many lost their names. */
async function sweep(members: number, gone: number): Promise<number> {
  const ids = Array.from({ length: members }, (_, index) => idOf(index));
  for (const id of ids) upsertAuthor(context, { id, name: 'Somebody' });
  const goneIds = new Set<string>(ids.slice(0, gone));
  const find = async (id: string) =>
    goneIds.has(id)
      ? ({ kind: 'gone' } as const)
      : ({ kind: 'there', email: 'a@example.org', isBanned: false } as const);
  await new FormerMembers({ context, directory: { find }, log }).sweep(() => false);
  return ids.filter((id) => readProfile(context, id)?.author.isAnonymised).length;
}

test.each([
  [1, 1, 1],
  [10, 9, 9],
  [300, 30, 30],
  // Far too many: another server is asked.
  [2, 2, 0],
  [20, 20, 0],
  [300, 31, 0],
])('of %i members %i seem to be gone: %i lose their names', async (members, gone, anonymised) => {
  expect(await sweep(members, gone)).toBe(anonymised);
});

test('one who cannot be asked about leaves all as they are', async () => {
  for (const index of [1, 2]) upsertAuthor(context, { id: idOf(index), name: 'Somebody' });
  const find = async (id: string) => {
    if (id === idOf(2)) throw new Error('away');
    return { kind: 'gone' } as const;
  };
  const members = new FormerMembers({ context, directory: { find }, log });
  await expect(members.sweep(() => false)).rejects.toThrow('away');
  expect(readProfile(context, idOf(1))?.author.isAnonymised).toBe(false);
});
