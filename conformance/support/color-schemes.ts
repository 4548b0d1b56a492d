import type { Page } from 'playwright-core';

export const colorSchemes = ['light', 'dark'] as const;
export type ColorScheme = (typeof colorSchemes)[number];

/** Runs the action while the page is shown in these colours, with no transition to them under way. */
export async function withColorScheme(
  page: Page,
  colorScheme: ColorScheme,
  action: () => Promise<void>,
): Promise<void> {
  await page.emulateMedia({ colorScheme });
  try {
    // Not waited for: what is within closed `details` is not rendered, and a transition there would never end.
    await page.evaluate(() => {
      for (const animation of document.getAnimations()) if (animation instanceof CSSTransition) animation.finish();
    });
    await action();
  } finally {
    await page.emulateMedia({ colorScheme: null });
  }
}
