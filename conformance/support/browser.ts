import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type LaunchOptions,
  type Page,
} from 'playwright-core';
import { afterAll, beforeAll, inject } from 'vitest';
import { unpackChromium } from './chromium.ts';

/** Shorter than a test may take, so that a locator that finds nothing says so itself. */
const actionTimeoutMs = 10_000;
const startTimeoutMs = 60_000;
const thisMachine = ['127.0.0.1', 'localhost', '*.localhost'];
const hostRules = [...thisMachine.map((host) => `EXCLUDE ${host}`), 'MAP *.test 127.0.0.1', 'MAP * ~NOTFOUND'];

export interface TestBrowser {
  /** A page in a context of its own: no cookie or storage is shared with another page. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  /** For several tabs of one user: `context.newPage()`. Closed after the last test at the latest. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
}

/** Of this worker: files have contexts of their own in it. It ends with the worker, however that ends. */
let launched: Promise<Browser> | undefined;

/**
 * A real Chromium for a test file: call it at the top of the file or of a `describe`. It reaches this machine and
 * nothing else; any name under `.test` is this machine, too, for pages of another site (`http://attacker.test:1234`).
 */
export function useBrowser(): TestBrowser {
  let browser: Browser | undefined;
  const contexts: BrowserContext[] = [];
  beforeAll(async () => {
    browser = await runningBrowser();
  }, startTimeoutMs);
  afterAll(async () => {
    await Promise.all(contexts.map((context) => context.close()));
  });

  const newContext = async (options: BrowserContextOptions = {}) => {
    if (!browser) throw new Error('The browser is launched in beforeAll: open pages in a test or a hook.');
    const context = await browser.newContext(options);
    contexts.push(context);
    context.setDefaultTimeout(actionTimeoutMs);
    return context;
  };
  return { newContext, newPage: async (options) => (await newContext(options)).newPage() };
}

/** The one that runs, or another where none does, or one that crashed. */
async function runningBrowser(): Promise<Browser> {
  const running = await launched?.catch(() => undefined);
  if (running?.isConnected()) return running;
  launched = launchBrowser(inject('cacheDirectory'));
  return launched;
}

/**
 * A browser with a profile on the disk, which is there again at the next launch. Close it.
 *
 * @param switches - Further ones, for Chromium.
 */
export async function launchProfile(directory: string, switches: readonly string[] = []): Promise<BrowserContext> {
  const { args = [], ...options } = await launchOptions(inject('cacheDirectory'));
  const context = await chromium.launchPersistentContext(directory, { ...options, args: [...args, ...switches] });
  context.setDefaultTimeout(actionTimeoutMs);
  return context;
}

async function launchBrowser(cacheDirectory: string): Promise<Browser> {
  return chromium.launch(await launchOptions(cacheDirectory));
}

async function launchOptions(cacheDirectory: string): Promise<LaunchOptions> {
  const { executablePath, env } = await unpackChromium(cacheDirectory);
  return {
    executablePath,
    env: { ...process.env, ...env },
    // The sandbox does not work for root, nor in most containers. Only our own pages are opened.
    chromiumSandbox: false,
    args: [
      '--no-proxy-server',
      `--host-resolver-rules=${hostRules.join(',')}`,
      '--disable-domain-reliability',
      '--no-pings',
      // The same shapes of letters at any size, on any machine.
      '--font-render-hinting=none',
    ],
  };
}
