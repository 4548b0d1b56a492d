import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBrowser } from './browser.ts';
import { watchPages } from './watch-pages.ts';

let site: Server;
const browser = useBrowser();

beforeAll(async () => {
  site = createServer((request, response) => {
    response.statusCode = request.url === '/' ? 404 : 401;
    response.setHeader('Content-Security-Policy', "default-src 'self'");
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><title>Not found</title>');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
});
afterAll(() => site.close());

test('an error page is no fault; what its scripts do wrong is', async () => {
  const context = await browser.newContext();
  const faults = watchPages(context);
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await page.evaluate(() => undefined);
  expect(faults().filter((fault) => !fault.includes('favicon'))).toEqual([]);

  await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = '1';
    document.body.append(script);
    setTimeout(() => {
      throw new Error('uncaught');
    });
    await fetch('/session');
    await fetch('http://127.0.0.1:1/').catch(() => undefined);
  });
  const expected = [/Content Security Policy/, /uncaught/, /\/session: .*401/, /127\.0\.0\.1:1\//];
  for (const fault of expected) await expect.poll(() => faults().join('\n')).toMatch(fault);
});
