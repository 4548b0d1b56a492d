import type { Browser, BrowserType } from 'playwright-core';
import { CommandError } from '../command-error.ts';
import { redactText } from '../../domain/secrets/redact-text.ts';

/** Names by which Playwright finds browsers that are installed. */
const CHANNELS = ['chrome', 'chromium', 'msedge', 'chrome-beta'];
/** What Chromium would send by itself, to nobody that the site named. */
const QUIET = ['--disable-domain-reliability', '--disable-sync', '--disable-client-side-phishing-detection'];

export interface BrowserOptions {
  readonly executablePath: string | undefined;
  readonly headless: boolean;
  readonly sandbox: boolean;
}

/** A browser with a new profile, which is removed when it closes. */
export async function openBrowser(options: BrowserOptions): Promise<Browser> {
  const { executablePath, headless, sandbox } = options;
  const { chromium } = await loadPlaywright();
  const launch = (where: { executablePath: string } | { channel: string }) =>
    chromium.launch({ ...where, headless, chromiumSandbox: sandbox, args: QUIET });
  if (executablePath !== undefined) return launch({ executablePath }).catch((error: unknown) => failed([error]));
  const errors: unknown[] = [];
  for (const channel of CHANNELS) {
    try {
      return await launch({ channel });
    } catch (error) {
      errors.push(error);
    }
  }
  return failed(errors);
}

/** Only when it is needed: whoever runs a server has no use for it. */
async function loadPlaywright(): Promise<{ readonly chromium: BrowserType }> {
  try {
    return await import('playwright-core');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CommandError(
      'playwright-core, which drives the browser, is not installed.',
      'Install it beside latchkey: npm install playwright-core',
    );
  }
}

function failed(errors: readonly unknown[]): never {
  const texts = errors.map((error) => (error instanceof Error ? error.message : String(error)));
  if (texts.some((text) => /No usable sandbox|without --no-sandbox|SUID sandbox/i.test(text))) {
    throw new CommandError(
      'The browser did not start: its sandbox does not work here, as in many containers.',
      'Run as a user that is not root, or, for a site that you trust, add --dangerously-without-sandbox.',
    );
  }
  const isMissing = texts.every((text) => /is not found|doesn't exist|ENOENT/.test(text));
  throw new CommandError(
    isMissing ? 'No browser was found.' : `The browser did not start: ${redactText(texts[0]?.split('\n', 1)[0] ?? '')}`,
    'Install Chrome, Chromium or Edge, or say where it is: --browser PATH. Where there is no display, add --headless.',
  );
}
