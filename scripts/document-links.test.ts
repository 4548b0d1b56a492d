import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n');

/** Targets of the inline links of a document, without those to other sites. */
function linksOf(text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((to) => !/^[a-z]+:/.test(to));
}

/** Targets of links to other sites. They are looked at, and not fetched. */
function externalLinksOf(text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([a-z]+:[^)\s]*)\)/g)].map(([, target = '']) => target);
}

/** Over https, to a host that there may be. */
function isGoodAddress(target: string): boolean {
  const url = URL.parse(target);
  return (
    url !== null &&
    url.protocol === 'https:' &&
    /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(url.hostname) &&
    url.username === ''
  );
}

/** The anchor that a heading gets. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');

const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

test('there are documents to look at', () => {
  expect(documents).toContain('README.md');
  expect(documents).toContain('docs/sessions.md');
});

test('what is no good address is found', () => {
  const text =
    '[a](http://example.com) [b](https://localhost/) [c](https://example.com/x#y) [d](javascript:alert) [e](#here)';
  expect(externalLinksOf(text).filter((target) => !isGoodAddress(target))).toEqual([
    'http://example.com',
    'https://localhost/',
    'javascript:alert',
  ]);
  expect(linksOf(text)).toEqual(['#here']);
});

describe.each(documents)('%s', (document) => {
  test('links to what is there', () => {
    const text = readFileSync(join(root, document), 'utf8');
    const broken = linksOf(text).filter((target) => {
      const [path = '', anchor] = target.split('#', 2);
      const file = path === '' ? join(root, document) : join(root, dirname(document), path);
      if (!existsSync(file)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('links to other sites over https', () => {
    const text = readFileSync(join(root, document), 'utf8');
    expect(externalLinksOf(text).filter((target) => !isGoodAddress(target))).toEqual([]);
  });
});
