/** What stands for the user, copied and used elsewhere: a whole profile, or one request out of a log. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { quickOf } from '../demo/storages.ts';
import { obtained, type Observation } from '../observation.ts';
import { ready, shownUser, signedIn, withContext, type Cell } from '../victim.ts';
import { lastAsked, replays } from './redeem.ts';

/** How often victim and thief come in turn before it counts as unnoticed. */
const ROUNDS = 4;
/** The quick Latchkey rotates every second, and takes what was rotated for another: a thief comes when he likes. */
const PAUSE_MS = 1100;

/** Cookies and both storages, as they lie in the profile, in another browser. */
export async function stolenProfile(given: Cell): Promise<Observation> {
  const cell = { ...given, storage: quickOf(given.storage) };
  return withContext(cell, async (context) => {
    const victim = await signedIn(context, cell, '', true);
    const storageState = await context.storageState({ indexedDB: true });
    const perTab = await victim.evaluate((): Record<string, string> => ({ ...sessionStorage }));
    return withContext(
      cell,
      async (thiefs) => {
        const thief = await thiefs.newPage();
        await thief.addInitScript((items) => {
          for (const [name, value] of Object.entries(items)) sessionStorage.setItem(name, value);
        }, perTab);
        await thief.goto(cell.world.app(cell.storage));
        await ready(thief);
        if ((await shownUser(thief)) !== 'alice') return obtained('nothing', 'the copy holds nothing that signs in');
        const thiefIsIn = async () => (await userAfterReload(thief)) === 'alice';
        return takeTurns(cell, victim, thiefIsIn);
      },
      { storageState },
    );
  });
}

/** The headers of one request, as a proxy, a log or a tool on the machine sees them, sent by another program. */
export async function loggedRequest(given: Cell): Promise<Observation> {
  const cell = { ...given, storage: quickOf(given.storage) };
  return withContext(cell, async (context) => {
    const victim = await signedIn(context, cell);
    const logged = lastAsked(cell);
    if (!(await replays(cell, logged))) return obtained('nothing', 'refused: its proof was used before');
    if (cell.storage.carrier !== 'cookie') return obtained('credential', 'accepted from another program');
    return takeTurns(cell, victim, () => replays(cell, logged));
  });
}

/** Victim and thief go on using what they have. */
async function takeTurns(cell: Cell, victim: Page, thiefIsIn: () => Promise<boolean>): Promise<Observation> {
  const began = performance.now();
  for (let round = 1; round <= ROUNDS; round += 1) {
    if (cell.storage.kind === 'latchkey') await sleep(PAUSE_MS);
    const victimIsIn = (await userAfterReload(victim)) === 'alice';
    if (victimIsIn && cell.storage.kind === 'latchkey') await sleep(PAUSE_MS);
    if (victimIsIn && (await thiefIsIn())) continue;
    const seconds = Math.round((performance.now() - began) / 1000);
    const isOver = (await userAfterReload(victim)) !== 'alice' && !(await thiefIsIn());
    if (!isOver) return obtained('credential', `one of the two was put out, in round ${round}`);
    return obtained('credential, found out', `both were signed out within ${seconds} s, rotating every second`);
  }
  return obtained('credential', `victim and thief used it in turn ${ROUNDS} times, and nobody noticed`);
}

async function userAfterReload(page: Page): Promise<string> {
  await page.reload();
  await ready(page);
  return shownUser(page);
}
