/** The packages are released together, under one version. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const manifestOf = (path: string): Manifest => JSON.parse(read(path)) as Manifest;
const published = globSync('packages/*/package.json', { cwd: root }).map(manifestOf);
const [{ version }] = published as [Manifest];

test('all packages have one version', () => {
  expect(published.length).toBeGreaterThan(3);
  expect(published.filter((one) => one.version !== version).map(({ name }) => name)).toEqual([]);
});

test('whoever needs one of them here needs this version', () => {
  const names = new Set(published.map(({ name }) => name));
  const all = [
    ...published,
    ...globSync(['package.json', 'examples/*/package.json', 'bench/package.json'], { cwd: root }).map(manifestOf),
  ];
  const other = all.flatMap(({ name, dependencies, devDependencies }) =>
    Object.entries({ ...dependencies, ...devDependencies })
      .filter(([needed, wanted]) => names.has(needed) && wanted !== version)
      .map(([needed, wanted]) => `${name}: ${needed} ${wanted}`),
  );
  expect(other).toEqual([]);
});

test('the newest entry of the changelog is of this version', () => {
  const [, newest, date] = /^## \[(\d+\.\d+\.\d+)\] - (\S+)$/m.exec(read('CHANGELOG.md')) ?? [];
  expect(newest).toBe(version);
  expect(date).toMatch(/^(?:Unreleased|\d{4}-\d{2}-\d{2})$/);
});

test.each(['node/program.ts', 'http/routes/openapi.ts'])('%s says this version', (path) => {
  const said = /\bversion(?:\(|: )'([^']+)'/.exec(read(`packages/server/src/${path}`));
  expect(said?.[1]).toBe(version);
});
