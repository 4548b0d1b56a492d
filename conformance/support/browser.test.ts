import { createServer, type Server } from 'node:http';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { expectAccessible } from './accessibility.ts';
import { useBrowser } from './browser.ts';
import { shoot } from './screenshots.ts';

const documentOf = (body: string) => `<!doctype html>
<html lang="en">
<head>
<title>Sign in</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
  body { background: #fff; color: #111; font: 18px system-ui; transition: background 0.2s, color 0.2s }
  @media (prefers-color-scheme: dark) { body { background: #111; color: #eee } .bad-in-dark { color: #222 } }
</style>
</head>
<body><main><h1>Sign in</h1>${body}</main></body>
</html>`;

const good = '<form><label for="email">E-mail</label> <input id="email" type="email" autocomplete="email"></form>';

let site: Server;
let port: number;
const cameFrom: unknown[] = [];
const browser = useBrowser();

beforeAll(async () => {
  site = createServer((request, response) => {
    // As strict as the server's own pages: axe must work under it, too.
    response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; connect-src *");
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    cameFrom.push(request.headers['sec-fetch-site']);
    if (request.url === '/cookie') response.setHeader('Set-Cookie', 'c=1; SameSite=Strict; HttpOnly');
    response.end(documentOf(request.url === '/cookie' ? `<pre>${request.headers.cookie ?? 'none'}</pre>` : good));
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  port = (site.address() as AddressInfo).port;
});
afterAll(() => site.close());
afterEach(() => vi.unstubAllEnvs());

async function open(path = '/', host = '127.0.0.1'): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`http://${host}:${port}${path}`);
  return page;
}

test('pages share no cookies', async () => {
  const page = await open('/cookie');
  await page.reload();
  expect(await page.locator('pre').textContent()).toBe('c=1');
  expect(await (await open('/cookie')).locator('pre').textContent()).toBe('none');
});

test('a name under .test is another site on this machine', async () => {
  const page = await open('/', 'attacker.test');
  expect(await page.locator('h1').textContent()).toBe('Sign in');
  await page.evaluate((url) => fetch(url, { mode: 'no-cors' }), `http://127.0.0.1:${port}/`);
  expect(cameFrom.at(-1)).toBe('cross-site');
});

test.each(['https://example.com/', 'http://192.0.2.1/', 'http://[2001:db8::1]/'])('reaches no %s', async (url) => {
  const page = await open();
  await expect(page.goto(url)).rejects.toThrow('ERR_NAME_NOT_RESOLVED');
});

test('an accessible page passes', async () => {
  await expect(expectAccessible(await open())).resolves.toBeUndefined();
});

test('each problem is listed, also one that only the dark colours have', async () => {
  const page = await browser.newPage();
  await page.setContent(documentOf('<input type="email"><p class="bad-in-dark">Hard to read</p>'));
  const failure = await expectAccessible(page).then(
    () => '',
    (error: unknown) => String(error),
  );
  expect(failure).toContain('label (critical, light colours)');
  expect(failure).toContain('color-contrast (serious, dark colours)');
  expect(failure).not.toContain('color-contrast (serious, light colours)');
});

test('draws letters, each another, also on a machine without fonts', async () => {
  const page = await browser.newPage();
  await page.setContent('<style>span { font: 80px system-ui; display: inline-block }</style>');
  const drawn = new Set<string>();
  const letters = ['A', 'b', '3', 'ß', 'Ž', 'Ω', 'Ж', '@', ' '];
  for (const letter of letters) {
    await page.evaluate((text) => (document.body.innerHTML = `<span>${text}</span>`), letter);
    drawn.add((await page.screenshot({ clip: { x: 0, y: 0, width: 120, height: 120 } })).toString('base64'));
  }
  // A letter without a glyph would be drawn as the empty box, or as nothing, like another one.
  expect(drawn.size).toBe(letters.length);
});

test('screenshots: four when asked for, and the page is as before', async () => {
  const page = await open();
  const directory = await mkdtemp(join(tmpdir(), 'screenshots-'));
  vi.stubEnv('LATCHKEY_SCREENSHOTS', '');
  await shoot(page, 'none');
  vi.stubEnv('LATCHKEY_SCREENSHOTS', directory);
  const before = page.viewportSize();
  await shoot(page, 'sign-in');
  const files = (await readdir(directory)).toSorted();
  expect(files).toEqual(['desktop-dark', 'desktop-light', 'phone-dark', 'phone-light'].map((n) => `sign-in-${n}.png`));
  const pictures = await Promise.all(files.map((file) => readFile(join(directory, file), 'base64')));
  expect(new Set(pictures).size).toBe(4);
  expect(page.viewportSize()).toEqual(before);
});
