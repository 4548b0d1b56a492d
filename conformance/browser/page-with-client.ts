import type { BrowserContext, Page } from 'playwright-core';
import { rolldown } from 'rolldown';

const entry = new URL('../../packages/browser/src/', import.meta.url).pathname;
let bundled: Promise<string> | undefined;

/** The package as a page loads it, in one file. */
async function bundle(): Promise<string> {
  const source = `export * from ${JSON.stringify(`${entry}index.ts`)}; export * from ${JSON.stringify(`${entry}dpop.ts`)};`;
  const build = await rolldown({
    input: 'virtual:entry',
    platform: 'browser',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'virtual:entry' ? id : null),
        load: (id) => (id === 'virtual:entry' ? source : null),
      },
    ],
  });
  const { output } = await build.generate({ format: 'esm' });
  return output[0].code;
}

const APP_PATH = '/app-of-the-test';

/** Puts a page with the client on an origin, beside what the origin serves. Its module is there as `lib`. */
export async function serveApp(context: BrowserContext, origin: string): Promise<void> {
  bundled ??= bundle();
  // The page comes of no address, so Chromium counts it as far away, and asks before it lets it reach this machine.
  await context.grantPermissions(['local-network-access']);
  const code = await bundled;
  await context.route(`${origin}${APP_PATH}*`, (route) => {
    const isScript = route.request().url().endsWith('.js');
    const body = isScript
      ? code
      : `<!doctype html><html lang="en"><title>App</title><script type="module">import * as lib from '${APP_PATH}.js'; globalThis.lib = lib;</script>`;
    return route.fulfill({ contentType: isScript ? 'text/javascript' : 'text/html; charset=utf-8', body });
  });
}

/** A tab with the page, once its module has loaded. */
export async function openApp(context: BrowserContext, origin: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(origin + APP_PATH);
  await page.waitForFunction(() => 'lib' in globalThis);
  return page;
}
