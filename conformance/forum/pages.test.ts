/** Every page of the forum, as people see it: phone and desktop, light and dark. The accounts are the tests' own. */
import type { AddressInfo } from 'node:net';
import { serve, type ServerType } from '@hono/node-server';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Viewer } from '../../examples/forum/src/domain/types.ts';
import { cookieName, SmallForum } from '../../examples/forum/test/support/small-forum.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { expectToFit } from '../support/expect-sound.ts';
import { shoot } from '../support/screenshots.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';
import { fillForum, forumPages, type FilledForum } from './forum-pages.ts';

vi.setConfig({ testTimeout: 60_000 });

let forum: SmallForum;
let server: ServerType;
let origin: string;
let filled: FilledForum;
const browser = useWatchedBrowser();

beforeAll(async () => {
  server = serve({ fetch: (request) => forum.app.fetch(request), port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  forum = new SmallForum({ origin });
  filled = fillForum(forum);
});
afterAll(async () => {
  forum.stopping.abort();
  await new Promise((resolve) => server.close(resolve));
  forum[Symbol.dispose]();
});

async function open(viewer: Viewer | undefined, path: string, javaScriptEnabled = true): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled });
  if (viewer) await context.addCookies([{ name: cookieName(), value: viewer.id, url: origin }]);
  const page = await context.newPage();
  await page.goto(origin + path);
  return page;
}

/** What holds on every page. */
async function expectGood(page: Page, name: string): Promise<void> {
  await expectToFit(page);
  // At the width of a phone other things are shown.
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await expectAccessible(page);
  }
  await shoot(page, `forum-${name}`);
}

describe('every page', () => {
  test.each(forumPages)('%s', async (name, viewer, path) => {
    const page = await open(viewer, path(filled));
    await expectGood(page, name);
  });
});
