/** Every page of the forum, as people see it: phone and desktop, light and dark. The accounts are the tests' own. */
import type { AddressInfo } from 'node:net';
import { serve, type ServerType } from '@hono/node-server';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Viewer } from '../../examples/forum/src/domain/types.ts';
import { ada, cookieName, grace, mod, SmallForum } from '../../examples/forum/test/support/small-forum.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { expectToFit } from '../support/expect-sound.ts';
import { shoot, takesScreenshots } from '../support/screenshots.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';
import { filledForms, fillForum, forumPages, type FilledForum } from './forum-pages.ts';

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
  // Else they would ask for their streams again while the server stops.
  await Promise.all(opened.map((page) => page.context().close()));
  forum.stopping.abort();
  server.close();
  // Connections that the browser has opened ahead, and has not used.
  if ('closeAllConnections' in server) server.closeAllConnections();
  forum[Symbol.dispose]();
});

const opened: Page[] = [];
async function open(viewer: Viewer | undefined, path: string, javaScriptEnabled = true): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled });
  if (viewer) await context.addCookies([{ name: cookieName(), value: viewer.id, url: origin }]);
  const page = await context.newPage();
  opened.push(page);
  await page.goto(origin + path);
  return page;
}

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 800 };
const LOOKS = [
  [PHONE, 'light'],
  [DESKTOP, 'dark'],
  [DESKTOP, 'light'],
  [PHONE, 'dark'],
] as const;
/** axe takes its time: pages take turns in how they are looked at, but for where somebody looks at all of them. */
let looks = 0;

/** What holds on every page. */
async function expectGood(page: Page, name: string): Promise<void> {
  await expectToFit(page);
  looks += 1;
  for (const [viewport, scheme] of takesScreenshots() ? LOOKS : [LOOKS[looks % LOOKS.length]!]) {
    await page.setViewportSize(viewport);
    await expectAccessible(page, [scheme]);
  }
  await shoot(page, `forum-${name}`);
}

describe('every page', () => {
  /** One tab for each of those who look. */
  const tabs = new Map<Viewer | undefined, Promise<Page>>();
  const tabOf = async (viewer: Viewer | undefined): Promise<Page> => {
    const tab = tabs.get(viewer) ?? open(viewer, '/health');
    tabs.set(viewer, tab);
    return tab;
  };
  afterAll(async () => {
    for (const tab of tabs.values()) await (await tab).context().close();
  });

  test.each(forumPages)('%s', async (name, viewer, path) => {
    const page = await tabOf(viewer);
    await page.goto(origin + path(filled));
    await expectGood(page, name);
  });

  test.each(filledForms)('$name', async ({ name, viewer, path, action, fields, status }) => {
    const page = await tabOf(viewer);
    await page.goto(origin + path(filled));
    forum.accountsUnavailable = status === 503;
    try {
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await page.locator(`form[action="${action(filled)}"]`).evaluate((form: HTMLFormElement, values) => {
        // Past what the browser itself would find missing.
        form.replaceChildren(
          ...Object.entries(values).map(([field, value]) => {
            const area = document.createElement('textarea');
            area.name = field;
            area.value = value;
            return area;
          }),
        );
        form.submit();
      }, fields);
      expect((await answered).status()).toBe(status);
      await page.waitForLoadState();
      await expectGood(page, name);
      for (const value of Object.values(fields).filter((text) => text !== 'yes')) {
        const typed = await page
          .locator('main :is(input, textarea)')
          .evaluateAll((all) => all.map((field) => (field as HTMLInputElement).value));
        expect(typed).toContain(value);
      }
    } finally {
      forum.accountsUnavailable = false;
    }
  });
});

const NO_RELOAD = 'stays';
const mark = (page: Page) => page.evaluate((text) => document.body.setAttribute('data-mark', text), NO_RELOAD);
const isMarked = async (page: Page) => (await page.getAttribute('body', 'data-mark')) === NO_RELOAD;

describe('with a script', () => {
  test('somebody answers, and the badge of the asker lights up', async () => {
    const page = await open(mod, '/about');
    const own = forum.ask(mod, 'Does the badge light up by itself?');
    const badge = page.locator('[data-unread]');
    await page.waitForFunction(() => document.querySelector('p[role=status]') !== null);
    expect(await badge.isHidden()).toBe(true);
    await mark(page);
    forum.answer(own, grace);
    await badge.waitFor({ state: 'visible' });
    expect([await badge.textContent(), await page.title()]).toEqual(['1 unread', '(1) How Sawal works – Sawal']);
    forum.comment(own, grace);
    await page.waitForFunction(() => document.title.startsWith('(2)'));
    expect(await page.locator('body > p[role=status]').textContent()).toBe('2 unread notifications');
    expect(await isMarked(page)).toBe(true);

    // Whoever goes where a notification leads has read it.
    await page.goto(`${origin}/notifications`);
    await page.getByRole('link', { name: 'Does the badge light up by itself?' }).first().click();
    await page.waitForFunction(() => document.title.startsWith('(1)'));
  });

  test('a vote, and a second press that takes it back', async () => {
    const page = await open(mod, `/questions/${filled.question}`);
    const form = page.locator(`#question-${filled.question} form[data-vote]`);
    const up = form.getByRole('button', { name: 'Vote the question up' });
    await mark(page);
    await up.click();
    await form.locator('button[aria-pressed=true]').waitFor();
    expect(await form.locator('[data-score]').textContent()).toBe('2, score of the question');
    await up.click();
    await form.locator('button[aria-pressed=true]').waitFor({ state: 'detached' });
    expect(await form.locator('[data-score]').textContent()).toBe('1, score of the question');
    expect(await isMarked(page)).toBe(true);
  });

  test('a preview, and a menu that Escape closes', async () => {
    const page = await open(ada, '/questions/ask');
    await mark(page);
    await page.getByLabel('Question', { exact: true }).fill('**Strong** <img src=x onerror=alert(1)>');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.locator('.preview strong').waitFor();
    expect(await page.locator('.preview img').count()).toBe(0);
    expect(await isMarked(page)).toBe(true);

    const menu = page.locator('details.menu');
    await menu.locator('summary').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Sign out' }).waitFor({ state: 'hidden' });
    expect(await menu.locator('summary').evaluate((element) => element === document.activeElement)).toBe(true);
  });
});

test('without a script: ask, vote, answer, delete after a question', async () => {
  const page = await open(grace, '/questions/ask', false);
  await page.getByLabel('Title').fill('Does all of it work without a script?');
  await page.getByLabel('Question', { exact: true }).fill('I *turned* it off.');
  await page.getByLabel('Tags').fill('javascript');
  // The Enter key posts, and does not preview.
  await page.getByLabel('Tags').press('Enter');
  const title = page.getByRole('heading', { level: 1, name: 'Does all of it work without a script?' });
  await title.waitFor();
  await page.getByLabel('Answer', { exact: true }).fill('It does.');
  await page.getByRole('button', { name: 'Post the answer' }).click();
  await page.getByRole('article', { name: 'Answer 1' }).waitFor();
  await page.locator('summary', { hasText: 'Delete answer 1' }).click();
  await page.getByRole('button', { name: 'Delete answer 1' }).click();
  await page.getByText('This answer was deleted.').waitFor();
  expect(await title.count()).toBe(1);
  await page.goto(`${origin}/questions/${filled.question}`);
  await page.locator(`#answer-${filled.edited}`).waitFor();
});
