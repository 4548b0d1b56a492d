/** Executes the matrix, a cell at a time for each site and several sites at once. */
import type { Browser } from 'playwright-core';
import { launchBrowser } from './attacking-browser.ts';
import { attacks, sharingAttacks, type AttackId } from './attacks/index.ts';
import { storageOf, type StorageId } from './demo/storages.ts';
import { measure, tabFacts, type Measured } from './facts.ts';
import type { Observation } from './observation.ts';
import { restart } from './restart.ts';
import type { ColumnId, FactId } from './expected.ts';
import { signedIn, withContext, type SignedInBrowser } from './victim.ts';
import { startWorld, type World } from './world.ts';

export interface Found {
  readonly cells: ReadonlyMap<string, Observation>;
  readonly facts: ReadonlyMap<string, Readonly<Record<FactId, boolean>>>;
  readonly measured: ReadonlyMap<string, Measured>;
  readonly browserVersion: string;
  readonly seconds: number;
}

export const cellKey = (storage: StorageId, column: ColumnId): string => `${storage} ${column}`;

const SITES_AT_ONCE = 3;

/** The cells that are asked for, in a world of their own. */
export async function runCells(
  cacheDirectory: string,
  latchkey: 'none' | 'usual' | 'quick',
  wanted: readonly (readonly [StorageId, AttackId])[],
): Promise<ReadonlyMap<string, Observation>> {
  const storages = wanted.map(([storage]) => storage);
  await using world = await startWorld({ latchkey, storages });
  const browser = await launchBrowser({ spki: world.spki, cacheDirectory });
  try {
    const cells = new Map<string, Observation>();
    await bySite(
      wanted,
      ([storage]) => storage,
      ([storage, attack]) => runCell({ world, browser, cells }, storage, attack),
    );
    return cells;
  } finally {
    await browser.close();
  }
}

/** All of it. */
export async function runMatrix(
  cacheDirectory: string,
  storageIds: readonly StorageId[],
  attackIds: readonly AttackId[],
): Promise<Found> {
  const began = performance.now();
  await using world = await startWorld({ latchkey: 'quick', storages: storageIds });
  const browserOptions = { spki: world.spki, cacheDirectory };
  const browser = await launchBrowser(browserOptions);
  try {
    const cells = new Map<string, Observation>();
    const facts = new Map<string, Record<FactId, boolean>>();
    const measured = new Map<string, Measured>();
    // Before anything shares the machine with it.
    for (const id of storageIds) measured.set(id, await measure({ world, browser, storage: storageOf(id) }));
    const storages = storageIds.map((id) => storageOf(id));
    const options = { world, browser, storages, browserOptions };
    const remembered = await restart(options, true);
    const forgotten = await restart(options, false);
    await bySite(
      storageIds,
      (id) => id,
      async (id) => {
        facts.set(id, {
          ...(await tabFacts({ world, browser, storage: storageOf(id) })),
          restart: remembered.signedIn.has(id),
          forgets: !forgotten.signedIn.has(id),
        });
        cells.set(cellKey(id, 'form-later'), remembered.formLater.get(id) ?? failed('not executed'));
        await runStorage({ world, browser, cells }, id, attackIds);
      },
    );
    const seconds = Math.round((performance.now() - began) / 1000);
    return { cells, facts, measured, browserVersion: browser.version(), seconds };
  } finally {
    await browser.close();
  }
}

interface Running {
  readonly world: World;
  readonly browser: Browser;
  readonly cells: Map<string, Observation>;
}

async function runStorage(running: Running, id: StorageId, attackIds: readonly AttackId[]): Promise<void> {
  const storage = storageOf(id);
  await withContext(running, async (context) => {
    const tab = await signedIn(context, { ...running, storage });
    for (const attack of sharingAttacks) await runCell(running, id, attack, { context, tab });
  });
  for (const attack of attackIds) if (!sharingAttacks.includes(attack)) await runCell(running, id, attack);
}

async function runCell(
  { world, browser, cells }: Running,
  id: StorageId,
  attack: AttackId,
  shared?: SignedInBrowser,
): Promise<void> {
  const cell = { world, browser, storage: storageOf(id), id: `${id}.${attack}`, ...(shared && { shared }) };
  const found = await attacks[attack](cell).catch((error: unknown) => failed(String(error)));
  cells.set(cellKey(id, attack), found);
}

/** Never what a table expects: the cell fails with the error. */
function failed(error: string): Observation {
  return { obtained: `not known: ${error}` as Observation['obtained'], evidence: '' };
}

/** In turn where they share a site, and so a log; side by side otherwise. */
async function bySite<Item>(
  items: readonly Item[],
  storageOfItem: (item: Item) => StorageId,
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const groups = [...Map.groupBy(items, (item) => storageOf(storageOfItem(item)).site).values()];
  // The longest first: nothing is to be waited for alone at the end.
  groups.sort((one, other) => other.length - one.length);
  const worker = async () => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      for (const item of group) await run(item);
    }
  };
  await Promise.all(Array.from({ length: SITES_AT_ONCE }, worker));
}
