import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { colorSchemes, withColorScheme } from './color-schemes.ts';

const viewports = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

const wanted = () => process.env['LATCHKEY_SCREENSHOTS'] ?? '';
/** Whether somebody means to look at every page in every form: then tests look at all of them, too. */
export const takesScreenshots = (): boolean => wanted() !== '';

/**
 * Writes NAME-phone-light.png and so on, four in all, into the directory that LATCHKEY_SCREENSHOTS names; does nothing
 * when it is not set. The only font is Open Sans (Latin, Greek, Cyrillic): arrows, check marks and emoji stay blank.
 */
export async function shoot(page: Page, name: string): Promise<void> {
  const directory = wanted();
  if (directory === '') return;
  await mkdir(directory, { recursive: true });
  const before = page.viewportSize();
  for (const [device, viewport] of Object.entries(viewports)) {
    await page.setViewportSize(viewport);
    for (const scheme of colorSchemes) {
      await withColorScheme(page, scheme, async () => {
        await page.screenshot({ path: join(directory, `${name}-${device}-${scheme}.png`), fullPage: true });
      });
    }
  }
  if (before) await page.setViewportSize(before);
}
