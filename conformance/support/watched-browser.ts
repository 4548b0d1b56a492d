import { afterAll, expect } from 'vitest';
import { useBrowser, type TestBrowser } from './browser.ts';
import { watchPages } from './watch-pages.ts';

/** As `useBrowser`; the file also fails when something went wrong in one of its pages. See `watchPages`. */
export function useWatchedBrowser(): TestBrowser {
  const browser = useBrowser();
  const watches: (() => string[])[] = [];
  afterAll(() => {
    const faults = watches.flatMap((list) => list());
    expect(faults, `Faults in the pages:\n${faults.join('\n')}`).toEqual([]);
  });
  const newContext: TestBrowser['newContext'] = async (options) => {
    const context = await browser.newContext(options);
    watches.push(watchPages(context));
    return context;
  };
  return { newContext, newPage: async (options) => (await newContext(options)).newPage() };
}
