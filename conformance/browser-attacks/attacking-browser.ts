import { tmpdir } from 'node:os';
import { chromium, type Browser, type BrowserContext, type LaunchOptions } from 'playwright-core';
import { unpackChromium } from '../support/chromium.ts';

export interface BrowserOptions {
  /** Of the one certificate that is accepted, whatever host it is shown for. */
  readonly spki: string;
  readonly cacheDirectory: string;
}

/** Chromium as it comes, but for the names it finds on this machine and the certificate. */
export async function launchBrowser(options: BrowserOptions): Promise<Browser> {
  return chromium.launch(await launchOptions(options));
}

/** With a profile on the disk, which is there again at the next launch. */
export async function launchProfile(directory: string, options: BrowserOptions): Promise<BrowserContext> {
  return chromium.launchPersistentContext(directory, await launchOptions(options));
}

async function launchOptions({ spki, cacheDirectory }: BrowserOptions): Promise<LaunchOptions> {
  const { executablePath, env } = await unpackChromium(cacheDirectory);
  const hosts = ['EXCLUDE 127.0.0.1', 'MAP *.test 127.0.0.1', 'MAP * ~NOTFOUND'];
  return {
    executablePath,
    env: { ...process.env, TMPDIR: tmpdir(), ...env },
    chromiumSandbox: false,
    // Playwright switches it off. What Back shows after a sign-out is one of the questions.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: [
      '--no-proxy-server',
      `--host-resolver-rules=${hosts.join(',')}`,
      `--ignore-certificate-errors-spki-list=${spki}`,
      '--disable-domain-reliability',
      '--no-pings',
      '--font-render-hinting=none',
    ],
  };
}
