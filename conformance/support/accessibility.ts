import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { colorSchemes, withColorScheme, type ColorScheme } from './color-schemes.ts';

/** By axe's tags. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Of a page in other colours nothing else is different. */
const RULES_OF_COLORS = ['cat.color'];

// The copy that the builder comes with. Minified, it takes a browser half the time to read.
const axePath = createRequire(import.meta.resolve('@axe-core/playwright')).resolve('axe-core/axe.min.js');
const axeSource = readFileSync(axePath, 'utf8');

/**
 * Fails with a list of what axe finds on the page, in the light and in the dark colours where nothing else is asked for.
 * axe finds what a program can: it does not replace trying the page with a keyboard and a screen reader. Does not look into frames.
 */
export async function expectAccessible(page: Page, schemes: readonly ColorScheme[] = colorSchemes): Promise<void> {
  const found: string[] = [];
  for (const [index, scheme] of schemes.entries()) {
    await withColorScheme(page, scheme, async () => {
      // Giving a page axe takes longer than its rules do, and the builder would give it twice.
      await page.evaluate(`if (!('axe' in window)) { ${axeSource} }`);
      const axe = new AxeBuilder({ page, axeSource: 'undefined' });
      const values = index === 0 ? RULES : RULES_OF_COLORS;
      // Of what passed nobody wants the places. Without legacy mode axe opens a page to collect what frames have.
      const options = { runOnly: { type: 'tag' as const, values }, resultTypes: ['violations' as const] };
      const { violations } = await axe.setLegacyMode().options(options).analyze();
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
