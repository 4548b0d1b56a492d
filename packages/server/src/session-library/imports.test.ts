import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';

const SOURCE = new URL('../', import.meta.url);
const PROTOCOL = new URL('../../../protocol/src/index.ts', import.meta.url);

/** Modules that a file needs when it runs: types are gone by then. */
function importsOf(file: URL): string[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(/^(?:import|export) (?!type )(?:[^;']* from )?'([^']+)';/gm);
  return [...statements].map((match) => match[1] ?? '');
}

/** Everything that is loaded with a file: our own files, and the names of other modules. */
function loadedBy(entry: URL): { readonly files: ReadonlySet<string>; readonly modules: ReadonlySet<string> } {
  const files = new Set<string>();
  const modules = new Set<string>();
  const visit = (file: URL): void => {
    if (files.has(file.href)) return;
    files.add(file.href);
    for (const name of importsOf(file)) {
      if (name.startsWith('.')) visit(new URL(name, file));
      else if (name === '@latchkey/protocol') visit(PROTOCOL);
      else modules.add(name);
    }
  };
  visit(entry);
  return { files, modules };
}

test('the library loads hashes and the making of ids: no database, no HTTP, nothing of a whole server', () => {
  const { files, modules } = loadedBy(new URL('index.ts', import.meta.url));
  expect(modules).toEqual(new Set(['node:crypto', 'node:zlib', 'uuid']));
  const ours = [...files].filter((file) => file.startsWith(SOURCE.href)).map((file) => file.slice(SOURCE.href.length));
  const layers = new Set(ours.map((file) => file.split('/')[0]));
  expect(layers).toEqual(new Set(['domain', 'session-library']));
  // And `uuid` loads nothing else.
  const { dependencies } = createRequire(import.meta.url)('uuid/package.json') as { dependencies?: object };
  expect(Object.keys(dependencies ?? {})).toEqual([]);
});
