/** Where is my token? Each cell of docs/where-is-my-token.md, executed: `npm run attacks`; some of them in `npm test`. */
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { attackIds, type AttackId } from './attacks/index.ts';
import { storageIds, type StorageId } from './demo/storages.ts';
import { readDocument, tablesOf, writeDocument } from './document.ts';
import { expected, expectedEndings, expectedFacts, type ColumnId } from './expected.ts';
import { cellKey, runCells, runMatrix, type Found } from './matrix.ts';
import type { Observation } from './observation.ts';
import { drawPicture, readPicture, writePicture } from './picture.ts';

const isWhole = process.env['LATCHKEY_ATTACKS'] === '1';
const columnIds: ColumnId[] = [...attackIds, 'form-later'];

/** Those that decide: where scripts read, what SameSite does, what a sibling can do, and that a theft is found out. */
const decisive: readonly (readonly [StorageId, AttackId])[] = [
  ['local-storage', 'script-reads'],
  ['memory', 'script-listens'],
  ['cookie-default', 'form-soon'],
  ['cookie-lax', 'link'],
  ['cookie-strict', 'cookie-tossing'],
  ['latchkey-session', 'script-reads'],
  ['latchkey-session', 'sibling-form'],
  ['latchkey-session', 'cookie-tossing'],
];

const seenIn = (found: Observation | undefined): string => found?.evidence ?? 'not executed';

function testDecisiveCells(): void {
  let cells: ReadonlyMap<string, Observation>;
  beforeAll(async () => {
    cells = await runCells(inject('cacheDirectory'), 'usual', decisive);
  });

  test.each(decisive)('%s: %s', (storage, attack) => {
    const found = cells.get(cellKey(storage, attack));
    expect(found?.obtained, seenIn(found)).toBe(expected[attack][storage]);
  });
}

function testEveryCell(): void {
  let found: Found;
  beforeAll(async () => {
    found = await runMatrix(inject('cacheDirectory'), storageIds, attackIds);
  }, 5 * 60_000);

  describe.each(storageIds)('%s', (storage) => {
    test.each(columnIds)('%s', (column) => {
      const cell = found.cells.get(cellKey(storage, column));
      expect(cell?.obtained, seenIn(cell)).toBe(expected[column][storage]);
    });
    test('what it means for the user', () => expect(found.facts.get(storage)).toEqual(expectedFacts[storage]));
    test('how a copy ends', () => expect(found.measured.get(storage)?.ending).toBe(expectedEndings[storage]));
  });

  test('the page is written anew', async () => {
    const others = storageIds.flatMap((storage) =>
      columnIds
        .filter((column) => found.cells.get(cellKey(storage, column))?.obtained !== expected[column][storage])
        .map((column) => cellKey(storage, column)),
    );
    expect(others, 'cells that are not as expected: nothing is written').toEqual([]);
    await writeDocument(found);
    await writePicture();
    expect(found.seconds).toBeLessThan(5 * 60);
  });
}

if (isWhole) describe('every cell', testEveryCell);
else describe('the decisive cells', testDecisiveCells);

test('the page that is committed has these tables, and the picture has these cells', async () => {
  const document = await readDocument();
  for (const table of tablesOf()) expect(document).toContain(table);
  expect(await readPicture()).toBe(drawPicture());
});
