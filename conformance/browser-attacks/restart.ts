/** One profile on the disk for all storages: what is there after the browser has been closed, and what is old then. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BrowserContext } from 'playwright-core';
import { attackFrom } from './attacks/other-sites.ts';
import { launchProfile, type BrowserOptions } from './attacking-browser.ts';
import type { Storage } from './demo/storages.ts';
import type { Observation } from './observation.ts';
import { openApp, signedIn, type Cell } from './victim.ts';

const ACTION_TIMEOUT_MS = 20_000;
/** More than the two minutes of Lax+POST. */
const AGE_SECONDS = 180;

export interface RestartOptions {
  readonly world: Cell['world'];
  readonly browser: Cell['browser'];
  readonly storages: readonly Storage[];
  readonly browserOptions: BrowserOptions;
}

export interface AfterRestart {
  /** Storages whose user is signed in then. */
  readonly signedIn: ReadonlySet<string>;
  /** What a form on another site gets with cookies older than two minutes, by storage. */
  readonly formLater: ReadonlyMap<string, Observation>;
}

/** Signs in everywhere, closes the browser, makes the cookies older, and opens it again. Attacks where it remembers. */
export async function restart(options: RestartOptions, remember: boolean): Promise<AfterRestart> {
  const { world, storages, browserOptions } = options;
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-profile-'));
  const again = new Set<string>();
  let formLater: ReadonlyMap<string, Observation> = new Map();
  try {
    await inProfile(directory, browserOptions, async (context) => {
      for (const storage of storages) {
        const page = await signedIn(context, { world, storage }, '', remember);
        await page.close();
      }
    });
    makeCookiesOlder(join(directory, 'Default', 'Cookies'));
    await inProfile(directory, browserOptions, async (context) => {
      // All are looked at before anybody signs in anew: Latchkey's modes share a session.
      for (const storage of storages) {
        const page = await openApp(context, { world, storage });
        // Known to the page, or to the server that made it.
        if ((await page.locator('body').innerText()).includes('alice')) again.add(storage.id);
        await page.close();
      }
      if (remember) formLater = await formsLater(options, context);
    });
    return { signedIn: again, formLater };
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function formsLater(
  { world, browser, storages }: RestartOptions,
  context: BrowserContext,
): Promise<ReadonlyMap<string, Observation>> {
  const found = new Map<string, Observation>();
  for (const storage of storages) {
    const cell = { world, browser, storage, id: `${storage.id}.form-later` };
    const tab = await signedIn(context, cell, '', true);
    found.set(storage.id, await attackFrom(cell, context, tab, 'form'));
    await tab.close();
  }
  return found;
}

async function inProfile(
  directory: string,
  options: BrowserOptions,
  action: (context: BrowserContext) => Promise<void>,
): Promise<void> {
  const context = await launchProfile(directory, options);
  context.setDefaultTimeout(ACTION_TIMEOUT_MS);
  try {
    await action(context);
  } finally {
    await context.close();
  }
}

/** In the browser's own database, in place of waiting. Times there are microseconds. */
function makeCookiesOlder(file: string): void {
  const database = new DatabaseSync(file);
  database.prepare('UPDATE cookies SET creation_utc = creation_utc - ?').run(AGE_SECONDS * 1_000_000);
  database.close();
}
