/** What the documents tell their readers to do, done. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocksOf, isPartOf, readDocuments, root } from './blocks.ts';
import { readCommands, wrongCommands } from './commands.ts';
import { ELSEWHERE, exceptionFor } from './elsewhere.ts';
import { linesOf } from './reader.ts';

const documents = readDocuments();
const blocks = documents.flatMap(blocksOf);

/** Code that tests run: of this folder by code.test.ts and browser-code.test.ts, of the examples by theirs. */
const programs = globSync(['conformance/documents/code/*.{ts,tsx,mjs}', 'examples/*/{src,page}/**/*.{ts,tsx}'], {
  cwd: root,
}).map((path) => readFileSync(join(root, path), 'utf8'));

describe('each block is executed', () => {
  test.each(blocks.map((block) => [`${block.document}:${block.line}`, block] as const))('%s', (_name, block) => {
    if (exceptionFor(block) !== undefined) return expect(block.text).not.toBe('');
    // shell.test.ts runs these.
    if (block.language === 'sh') return expect(linesOf(block.text)).not.toEqual([]);
    // And sql.test.ts these.
    if (block.language === 'sql') return expect(block.document).toMatch(/^docs\/migration-from-/);
    expect(block.language, 'how is this executed?').toMatch(/^(?:ts|tsx|js)$/);
    expect(
      programs.some((program) => isPartOf(block.text, program)),
      'no program that a test runs has this',
    ).toBe(true);
  });

  test('exceptions are of blocks that there are, and of tests that there are', () => {
    for (const exception of ELSEWHERE) {
      expect(
        blocks.some((block) => exceptionFor(block) === exception),
        exception.begins,
      ).toBe(true);
      if (exception.test !== undefined) expect(existsSync(join(root, exception.test)), exception.test).toBe(true);
    }
  });

  test('a part is told from what is none', () => {
    const file = "import { a } from 'a';\n\nexport function f() {\n  const b = a(1, [2]);\n  return b;\n}\n";
    expect(isPartOf("import { a } from 'a';\n\nconst b = a(1, [\n  2,\n]);\n", file)).toBe(true);
    expect(isPartOf('const b = a(1, [3]);\n', file)).toBe(false);
    expect(isPartOf("import { c } from 'a';\nreturn b;\n", file)).toBe(false);
  });
});

describe('each command that is named exists', () => {
  const commands = readCommands();
  const scripts = Object.keys(
    (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts,
  );

  test.each(documents.map(({ document, text }) => [document, text] as const))('%s', (_document, text) => {
    const code = [...text.matchAll(/^```.*\n([^]*?)^```$|`([^`\n]+)`/gm)].map(
      ([, block, inline]) => block ?? inline ?? '',
    );
    expect(code.flatMap((piece) => wrongCommands(piece, commands))).toEqual([]);
    const named = code.flatMap((piece) =>
      [...piece.matchAll(/\bnpm run ([\w-]+)(?! -w|[\w-]* -w)/g)].map(([, name = '']) => name),
    );
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  test('a wrong one is found', () => {
    expect(wrongCommands('npx latchkey users banish a@example.org', commands)).toHaveLength(1);
    expect(wrongCommands('npx latchkey users ban a@example.org --for-ever', commands)).toHaveLength(1);
    expect(wrongCommands('npx latchkey users ban a@example.org --json', commands)).toEqual([]);
  });
});

test('what operators are told to watch is there: log lines and metrics', () => {
  const { text } = documents.find(({ document }) => document === 'docs/operations.md')!;
  const [, watched = ''] = /^## What to watch\n([^]*?)^## /m.exec(text) ?? [];
  const names = [...watched.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(10);
  const sources = globSync('packages/server/src/**/*.ts', { cwd: root }).map((path) =>
    readFileSync(join(root, path), 'utf8'),
  );
  const missing = names.filter(
    (name) => !sources.some((source) => source.includes(`'${name}'`) || source.includes(` ${name}: [`)),
  );
  expect(missing).toEqual([]);
});

test('the figures of the README are those of the last bench', () => {
  const { text } = documents.find(({ document }) => document === 'README.md')!;
  const { text: results } = documents.find(({ document }) => document === 'bench/RESULTS.md')!;
  const [, table = ''] = /^Measured in one run[^]*?\n\n([^]*?)\n\n/m.exec(text) ?? [];
  const figures = table
    .split('\n')
    .filter((row) => row.startsWith('| ') && !row.startsWith('| ---'))
    .flatMap((row) => row.replace(/^\| [^|]*\|/, '').match(/\d[\d,.]*\d|\d+/g) ?? []);
  expect(figures.length).toBeGreaterThan(15);
  expect(figures.filter((figure) => !results.includes(`| ${figure} `))).toEqual([]);
});
