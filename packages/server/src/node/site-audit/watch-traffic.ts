import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContext, Frame, Page, Request, Response } from 'playwright-core';
import type { Address, Exchange, Phase } from './evidence.ts';

const QUIET_MS = 400;
const SETTLE_MS = 8000;
const POLL_MS = 50;
/** What takes longer is a stream, or waits for news. */
const LONG_REQUEST_MS = 3000;
const MAX_RECORDED = 10_000;

/** Everything that a browser context asks for and is answered, from now on. */
export interface Traffic {
  phase: Phase;
  readonly exchanges: Exchange[];
  readonly addresses: Address[];
  /** Waits until nothing has been on its way for a moment; not longer than some seconds. */
  settle(): Promise<void>;
}

export function watchTraffic(context: BrowserContext): Traffic {
  const running = new Map<Request, number>();
  const reading = new Set<Promise<void>>();
  let lastChange = performance.now();
  const traffic: Traffic = {
    phase: 'before',
    exchanges: [],
    addresses: [],
    settle: async () => {
      const end = performance.now() + SETTLE_MS;
      lastChange = performance.now();
      for (;;) {
        const now = performance.now();
        const isBusy = [...running.values()].some((since) => now - since < LONG_REQUEST_MS);
        if (now > end || (!isBusy && now - lastChange > QUIET_MS)) break;
        await sleep(POLL_MS);
      }
      await Promise.all(reading);
    },
  };
  const over = (request: Request) => {
    running.delete(request);
    lastChange = performance.now();
  };
  context.on('request', (request) => {
    lastChange = performance.now();
    running.set(request, lastChange);
  });
  context.on('requestfinished', over);
  context.on('requestfailed', over);
  context.on('response', (response) => {
    const read = record(response, traffic).finally(() => reading.delete(read));
    reading.add(read);
  });
  const watchPage = (page: Page) => {
    page.on('framenavigated', (frame: Frame) => {
      if (frame === page.mainFrame() && traffic.addresses.length < MAX_RECORDED) {
        traffic.addresses.push({ phase: traffic.phase, url: frame.url() });
      }
    });
  };
  context.on('page', watchPage);
  for (const page of context.pages()) watchPage(page);
  return traffic;
}

async function record(response: Response, traffic: Traffic): Promise<void> {
  if (traffic.exchanges.length >= MAX_RECORDED) return;
  const { phase } = traffic;
  const request = response.request();
  try {
    const [requestHeaders, headers] = await Promise.all([request.allHeaders(), response.headersArray()]);
    traffic.exchanges.push({
      phase,
      url: response.url(),
      method: request.method(),
      resourceType: request.resourceType(),
      isPage: request.isNavigationRequest() && isMainFrame(request),
      requestHeaders,
      status: response.status(),
      responseHeaders: headers.map(({ name, value }) => [name.toLowerCase(), value] as const),
    });
  } catch {
    // The page that asked is gone, and with it what was answered.
  }
}

function isMainFrame(request: Request): boolean {
  // A service worker's has no frame.
  return request.serviceWorker() === null && request.frame().parentFrame() === null;
}
