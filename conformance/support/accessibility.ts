import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { colorSchemes, withColorScheme } from './color-schemes.ts';

/** By axe's tags. In the dark only the colours are different. */
const rules = {
  light: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  dark: ['cat.color'],
};

/**
 * Fails with a list of what axe finds on the page, in the light and in the dark colours. axe finds what a program can:
 * it does not replace trying the page with a keyboard and a screen reader. Does not look into frames.
 */
export async function expectAccessible(page: Page): Promise<void> {
  const found: string[] = [];
  for (const scheme of colorSchemes) {
    await withColorScheme(page, scheme, async () => {
      // Giving a page axe, a megabyte of source, takes longer than its rules do.
      const hasAxe = await page.evaluate(() => 'axe' in window);
      const axe = new AxeBuilder({ page, ...(hasAxe && { axeSource: 'undefined' }) });
      // Else axe opens another page each time, to collect what it found in frames.
      const { violations } = await axe.setLegacyMode().withTags(rules[scheme]).analyze();
      for (const { id, impact, help, helpUrl, nodes } of violations) {
        const places = nodes.map(
          ({ target, failureSummary }) => `  ${target.join(' ')}\n    ${indent(failureSummary)}`,
        );
        found.push([`${id} (${impact ?? 'unknown'}, ${scheme} colours): ${help}, ${helpUrl}`, ...places].join('\n'));
      }
    });
  }
  expect(found, `${found.length} accessibility problems on ${page.url()}\n${found.join('\n')}`).toEqual([]);
}

function indent(text: string | undefined): string {
  return (text ?? '').replaceAll('\n', '\n    ');
}
