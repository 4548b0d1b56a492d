import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { expectAccessible } from './accessibility.ts';
import { colorSchemes, type ColorScheme } from './color-schemes.ts';
import { shoot, takesScreenshots } from './screenshots.ts';

/** A small phone, a phone, a desktop. WCAG 2.2 SC 1.4.10 asks for 320 CSS pixels. */
const widths = [320, 390, 1280];

/**
 * What holds on every page: no script finds anything that stands for the session, nothing is wider than the screen,
 * and axe has nothing to say. Takes screenshots under this name where they are asked for.
 */
export async function expectSound(page: Page, name: string): Promise<void> {
  await expectNothingToSteal(page);
  await expectToFit(page);
  await expectAccessible(page, schemesOf(name));
  await shoot(page, name);
}

/** Pages take turns with the colours, whose contrasts a test of the palette has; where somebody looks, each has both. */
function schemesOf(name: string): readonly ColorScheme[] {
  if (takesScreenshots()) return colorSchemes;
  return colorSchemes.filter((_scheme, index) => name.length % colorSchemes.length === index);
}

/** All that a script on the page could read: cookies, the stores of the origin, and the page itself. */
export async function expectNothingToSteal(page: Page): Promise<void> {
  const readable = await page.evaluate(async () => ({
    cookies: document.cookie,
    localStorage: { ...localStorage },
    sessionStorage: { ...sessionStorage },
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
  }));
  expect(readable, page.url()).toEqual({
    cookies: '',
    localStorage: {},
    sessionStorage: {},
    databases: [],
    caches: [],
  });
  const html = await page.content();
  for (const { name, value } of await page.context().cookies()) expect(html.includes(value), name).toBe(false);
}

/** Nobody has to scroll sideways, and nothing is hidden from those who would have to. */
export async function expectToFit(page: Page): Promise<void> {
  const before = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    const tooWide = await page.evaluate(() => {
      const { clientWidth, scrollWidth } = document.documentElement;
      const clipped = [document.documentElement, document.body].some((element) =>
        /hidden|clip/.test(getComputedStyle(element).overflowX),
      );
      if (scrollWidth <= clientWidth && !clipped) return [];
      return [...document.body.querySelectorAll('*')]
        .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
        .map((element) => `${element.tagName.toLowerCase()}.${element.className}`)
        .concat(clipped ? ['the page cuts off what is too wide'] : [`the page: ${scrollWidth} px`]);
    });
    expect(tooWide, `wider than ${width} px on ${page.url()}`).toEqual([]);
  }
  if (before) await page.setViewportSize(before);
}
