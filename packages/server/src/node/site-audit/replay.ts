import type { Browser } from 'playwright-core';
import { outcomeOf, tellOf, type Answer, type Tell } from './compare-answers.ts';
import type { Cookie, Ending, Replay } from './evidence.ts';
import { cookiesFor, headersOfNobody, type ReplayRequest } from './replay-candidates.ts';

const ANSWER_TIMEOUT_MS = 10_000;

/** A request whose answer shows whether what it carries still works. */
export interface TellingRequest {
  readonly request: ReplayRequest;
  readonly cookies: readonly Cookie[];
  readonly tell: Tell;
}

/** Sends copies while they are good, and once with nothing, and keeps those requests whose answers differ. */
export async function findTelling(
  browser: Browser,
  candidates: readonly ReplayRequest[],
  cookies: readonly Cookie[],
): Promise<TellingRequest[]> {
  const telling: TellingRequest[] = [];
  const known = new Set<string>();
  for (const request of candidates) {
    const carrier = request.carriedBy.join();
    if (known.has(carrier)) continue;
    const copied = cookiesFor(request, cookies);
    const first = await askElsewhere(browser, request.url, request.headers, copied);
    const second = await askElsewhere(browser, request.url, request.headers, copied);
    const nobody = await askElsewhere(browser, request.urlOfNobody, headersOfNobody(request), []);
    const tell = tellOf([first, second], nobody);
    if (tell === undefined) continue;
    known.add(carrier);
    telling.push({ request, cookies: copied, tell });
  }
  return telling;
}

/** Sends the old copies once more, after something should have ended them. */
export async function replayAll(
  browser: Browser,
  telling: readonly TellingRequest[],
  ending: Ending,
): Promise<Replay[]> {
  const replays: Replay[] = [];
  for (const { request, cookies, tell } of telling) {
    const answer = await askElsewhere(browser, request.url, request.headers, cookies);
    const { url, carriedBy } = request;
    replays.push({ ending, url, carriedBy, outcome: outcomeOf(answer, tell) });
  }
  return replays;
}

/**
 * One GET in a new browser context: with these headers and cookies, no script, no further request, no redirect. A
 * credential goes to the one address for which it was seen, and to none that this one names.
 */
async function askElsewhere(
  browser: Browser,
  url: string,
  headers: Readonly<Record<string, string>>,
  cookies: readonly Cookie[],
): Promise<Answer> {
  const context = await browser.newContext({ javaScriptEnabled: false, serviceWorkers: 'block' });
  try {
    if (cookies.length > 0) await context.addCookies([...cookies]);
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    const answered = Promise.withResolvers<Answer>();
    let isSent = false;
    session.on('Fetch.requestPaused', (event) => {
      const { requestId, request, responseStatusCode: status } = event;
      const act = async (): Promise<void> => {
        if (status === undefined && !isSent && request.method === 'GET') {
          isSent = true;
          // `overrides do not extend to subsequent redirect hops`, and there are none: see below.
          const all = Object.entries({ ...request.headers, ...headers }).map(([name, value]) => ({ name, value }));
          await session.send('Fetch.continueRequest', { requestId, headers: all });
          return;
        }
        if (status !== undefined) answered.resolve({ status, body: await bodyOf(session, requestId, status) });
        await session.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
      };
      act().catch(() => answered.resolve({ status: 0, body: '' }));
    });
    const patterns = (['Request', 'Response'] as const).map((requestStage) => ({ urlPattern: '*', requestStage }));
    await session.send('Fetch.enable', { patterns });
    page.goto(url, { timeout: ANSWER_TIMEOUT_MS }).catch(() => answered.resolve({ status: 0, body: '' }));
    return await answered.promise;
  } finally {
    await context.close();
  }
}

interface BodySession {
  send(
    method: 'Fetch.getResponseBody',
    parameters: { requestId: string },
  ): Promise<{ body: string; base64Encoded: boolean }>;
}

/** A redirect has none that could be read. */
async function bodyOf(session: BodySession, requestId: string, status: number): Promise<string> {
  if (status >= 300 && status < 400) return '';
  const { body, base64Encoded } = await session.send('Fetch.getResponseBody', { requestId });
  return base64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
}
