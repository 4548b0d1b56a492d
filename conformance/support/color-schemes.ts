import type { Page } from 'playwright-core';

export const colorSchemes = ['light', 'dark'] as const;

/** Runs the action while the page is shown in these colours, when transitions to them have ended. */
export async function withColorScheme(
  page: Page,
  colorScheme: (typeof colorSchemes)[number],
  action: () => Promise<void>,
): Promise<void> {
  await page.emulateMedia({ colorScheme });
  try {
    await page.evaluate(async () => {
      const ending = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
      await Promise.allSettled(ending.map((animation) => animation.finished));
    });
    await action();
  } finally {
    await page.emulateMedia({ colorScheme: null });
  }
}
