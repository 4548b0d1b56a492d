import type { Browser, BrowserContext, Page } from 'playwright-core';
import { CommandError } from '../command-error.ts';
import { credentialsOf } from './credentials.ts';
import type { Check, PageFacts, Replay, SiteEvidence, Snapshot } from './evidence.ts';
import { readPages, takeSnapshot } from './read-storages.ts';
import { replayCandidates, type ReplayRequest } from './replay-candidates.ts';
import { findTelling, replayAll, type TellingRequest } from './replay.ts';
import type { Steps } from './steps.ts';
import { watchTraffic, type Traffic } from './watch-traffic.ts';

const PAGE_TIMEOUT_MS = 30_000;

export interface SiteAudit {
  readonly url: string;
  readonly steps: Steps;
  /** Further addresses to open while signed in, relative to the first. */
  readonly visit: readonly string[];
  readonly now: () => number;
  /** Said to the user on the way. */
  readonly tell: (text: string) => void;
}

/** Signs in, looks, ends what was begun, and looks again. What it sees is judged elsewhere. */
export async function auditSite(browser: Browser, audit: SiteAudit): Promise<SiteEvidence> {
  const { url, steps, now, tell } = audit;
  const context = await browser.newContext();
  try {
    const traffic = watchTraffic(context);
    const page = await context.newPage();
    await open(page, url);
    await traffic.settle();
    const before = await takeSnapshot(context);

    traffic.phase = 'signing in';
    await steps.signIn(page);
    await traffic.settle();
    traffic.phase = 'signed in';
    const seen = await lookAround(context, page, audit, traffic);

    const at = now();
    const judged = { ...nothingYet, url, at, before, ...seen, ...recorded(traffic) };
    tell('Asking again with copies, while signed in …');
    const telling = await tellingRequests(browser, page, judged, traffic);
    const tellingUrls = telling.map(({ request }) => request.url);
    const password = await endByPasswordChange(browser, page, steps, telling, audit);
    traffic.phase = 'signed out';
    const signOut = await endBySignOut(browser, context, page, steps, password.telling, traffic);
    return {
      ...judged,
      ...recorded(traffic),
      tellingUrls,
      signedOut: signOut.signedOut,
      replays: [...password.replays, ...signOut.replays],
      signOut: signOut.check,
      passwordChange: password.check,
    };
  } finally {
    await context.close();
  }
}

const nothingYet = {
  signedOut: undefined,
  replays: [],
  tellingUrls: [],
  signOut: 'not asked for',
  passwordChange: 'not asked for',
} as const;

const recorded = ({ exchanges, addresses }: Traffic) => ({ exchanges: [...exchanges], addresses: [...addresses] });

async function lookAround(
  context: BrowserContext,
  page: Page,
  { url, visit }: SiteAudit,
  traffic: Traffic,
): Promise<{ signedIn: Snapshot; pages: PageFacts[] }> {
  const first = await takeSnapshot(context);
  const pages = [...(await readPages(context))];
  if (visit.length === 0) return { signedIn: first, pages };
  const landedOn = page.url();
  for (const path of visit) {
    await open(page, new URL(path, url).href);
    await traffic.settle();
    pages.push(...(await readPages(context)));
  }
  await open(page, landedOn);
  await traffic.settle();
  const { items, cookies } = await takeSnapshot(context);
  // The tab's own storages may have been of another origin in between, and cookies may have changed.
  return { signedIn: { items: [...first.items, ...items], cookies }, pages };
}

/** From what was asked until now; where nothing tells, from what a reload asks. */
async function tellingRequests(
  browser: Browser,
  page: Page,
  evidence: SiteEvidence,
  traffic: Traffic,
): Promise<TellingRequest[]> {
  const found = await findTelling(browser, candidatesOf(evidence), evidence.signedIn.cookies);
  if (found.length > 0) return found;
  await open(page, page.url());
  await traffic.settle();
  const again = { ...evidence, ...recorded(traffic) };
  return findTelling(browser, candidatesOf(again), await page.context().cookies());
}

const candidatesOf = (evidence: SiteEvidence): ReplayRequest[] =>
  replayCandidates(evidence.url, evidence.exchanges, credentialsOf(evidence));

interface PasswordEnding {
  readonly telling: readonly TellingRequest[];
  readonly replays: readonly Replay[];
  readonly check: Check;
}

/** Another browser signs in first: the change should end that session above all. */
async function endByPasswordChange(
  browser: Browser,
  page: Page,
  steps: Steps,
  telling: readonly TellingRequest[],
  audit: SiteAudit,
): Promise<PasswordEnding> {
  if (steps.changePassword === undefined) return { telling, replays: [], check: 'not asked for' };
  audit.tell('Changing the password, with a second browser signed in …');
  const other = await signInElsewhere(browser, audit);
  await steps.changePassword(page);
  if (other.length === 0) return { telling, replays: [], check: 'no request tells' };
  const replays = [
    ...(await replayAll(browser, other, 'password change')),
    ...(await replayAll(browser, telling, 'own password change')),
  ];
  // The copies from before may have ended here already: the sign-out is to end what there is now.
  const cookies = await page.context().cookies();
  const renewed = telling.map(({ request, cookies: old, tell: tellOfIt }) => ({
    request,
    cookies: cookies.filter(({ name, domain }) => old.some((one) => one.name === name && one.domain === domain)),
    tell: tellOfIt,
  }));
  return { telling: renewed, replays, check: 'checked' };
}

async function signInElsewhere(browser: Browser, { url, steps, visit }: SiteAudit): Promise<TellingRequest[]> {
  const context = await browser.newContext();
  try {
    const traffic = watchTraffic(context);
    const page = await context.newPage();
    await open(page, url);
    await traffic.settle();
    const before = await takeSnapshot(context);
    traffic.phase = 'signing in';
    await steps.signIn(page);
    await traffic.settle();
    traffic.phase = 'signed in';
    for (const path of visit) await open(page, new URL(path, url).href);
    await traffic.settle();
    const signedIn = await takeSnapshot(context);
    const evidence = { ...nothingYet, url, at: 0, before, signedIn, pages: [], ...recorded(traffic) };
    return await tellingRequests(browser, page, evidence, traffic);
  } finally {
    await context.close();
  }
}

interface SignOutEnding {
  readonly signedOut: Snapshot | undefined;
  readonly replays: readonly Replay[];
  readonly check: Check;
}

async function endBySignOut(
  browser: Browser,
  context: BrowserContext,
  page: Page,
  steps: Steps,
  telling: readonly TellingRequest[],
  traffic: Traffic,
): Promise<SignOutEnding> {
  const isDone = (await steps.signOut?.(page)) ?? false;
  if (!isDone) return { signedOut: undefined, replays: [], check: 'not asked for' };
  await traffic.settle();
  const signedOut = await takeSnapshot(context);
  const check = telling.length === 0 ? 'no request tells' : 'checked';
  return { signedOut, replays: await replayAll(browser, telling, 'sign-out'), check };
}

async function open(page: Page, address: string): Promise<void> {
  try {
    await page.goto(address, { timeout: PAGE_TIMEOUT_MS, waitUntil: 'load' });
  } catch (error) {
    const reason = /net::\w+|Timeout/.exec(error instanceof Error ? error.message : '')?.[0] ?? 'unknown error';
    throw new CommandError(
      `${URL.parse(address)?.origin ?? 'The address'} could not be opened: ${reason}`,
      'Try the address in a browser on this machine.',
    );
  }
}
