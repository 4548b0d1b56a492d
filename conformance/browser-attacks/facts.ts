/** What the storage means for the user, and what a sign-out does to a copy. */
import { setTimeout as sleep } from 'node:timers/promises';
import { credentialHeaders, lastAsked, replays } from './attacks/redeem.ts';
import { openApp, ready, shownUser, signedIn, signOut, withContext, type Cell } from './victim.ts';

/** How a copied credential ends when the user signs out. */
export type Ending =
  /** Refused within a second. */
  | 'at once'
  /** Within the five seconds that a verifier is told of a revocation in at the latest. */
  | 'within seconds'
  /** Accepted until it expires. */
  | 'when it expires'
  /** The copy was worth nothing before. */
  | 'nothing to copy';

export interface Measured {
  readonly ending: Ending;
  /** From the answer to the sign-out until the copy was refused; its remaining life where it was not. */
  readonly endingMs: number | undefined;
  /** Of the header lines that say who asks, in one request. */
  readonly bytes: number;
}

const AT_ONCE_MS = 1000;
const PATIENCE_MS = 5000;
const PAUSE_MS = 10;

/** Copies what a request carries, signs out, and tries the copy until it is refused. */
export async function measure(cell: Pick<Cell, 'world' | 'browser' | 'storage'>): Promise<Measured> {
  return withContext(cell, async (context) => {
    const page = await signedIn(context, { ...cell });
    const logged = lastAsked(cell);
    const { headers } = credentialHeaders(logged);
    const inUrl = cell.storage.carrier === 'url' ? `?${logged.url.split('?')[1]}`.length : 0;
    const bytes = credentialHeaders(logged).bytes + inUrl;
    if (!(await replays(cell, logged))) return { ending: 'nothing to copy', endingMs: undefined, bytes };
    await signOut(page);
    const began = performance.now();
    while (await replays(cell, logged)) {
      const waitedMs = performance.now() - began;
      const lifeMs = remainingLifeMs(Object.values(headers).join(' ') + logged.url);
      if (waitedMs > PATIENCE_MS || (cell.storage.kind === 'jwt' && waitedMs > AT_ONCE_MS)) {
        return { ending: 'when it expires', endingMs: lifeMs, bytes };
      }
      await sleep(PAUSE_MS);
    }
    const endingMs = performance.now() - began;
    return { ending: endingMs <= AT_ONCE_MS ? 'at once' : 'within seconds', endingMs, bytes };
  });
}

/** Of the JWT in the text, by its `exp`. */
function remainingLifeMs(text: string): number | undefined {
  const payload = /eyJ[\w-]+\.([\w-]+)\./.exec(text)?.[1];
  if (payload === undefined) return undefined;
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly exp: number };
  return exp * 1000 - Date.now();
}

export interface TabFacts {
  readonly reload: boolean;
  readonly secondTab: boolean;
}

/** Whether the user is still signed in after a reload, and is so in a tab that is opened beside. */
export async function tabFacts(cell: Pick<Cell, 'world' | 'browser' | 'storage'>): Promise<TabFacts> {
  return withContext(cell, async (context) => {
    const page = await signedIn(context, { ...cell });
    const secondTab = (await shownUser(await openApp(context, cell))) === 'alice';
    await page.reload();
    await ready(page);
    return { secondTab, reload: (await shownUser(page)) === 'alice' };
  });
}
