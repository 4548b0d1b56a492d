import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Modules that a file needs when it runs: types are gone by then. */
function importsOf(file: URL): string[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(/^(?:import|export) (?!type )(?:[^;']* from )?'([^']+)';/gm);
  return [...statements].map((match) => match[1] ?? '');
}

/** Everything that is loaded with this file: its paths below `src`, and the names of other modules. */
function loadedBy(entry: string): { files: Set<string>; modules: Set<string> } {
  const files = new Set<string>();
  const modules = new Set<string>();
  const visit = (file: URL): void => {
    const path = file.href.slice(new URL('.', import.meta.url).href.length);
    if (files.has(path)) return;
    files.add(path);
    for (const name of importsOf(file)) {
      if (name.startsWith('.')) visit(new URL(name, file));
      else modules.add(name);
    }
  };
  visit(new URL(entry, import.meta.url));
  return { files, modules };
}

test.each(['./web.ts', './log.ts', './adapters/hono.ts', './adapters/fetch.ts', './adapters/fastify.ts'])(
  '%s loads nothing of Node',
  (entry) => {
    const { files, modules } = loadedBy(entry);
    expect([...modules].filter((name) => name !== '@latchkey/protocol')).toEqual([]);
    expect(files.size).toBeGreaterThan(2);
  },
);

test('on Node, only its crypto and buffers are added', () => {
  const { files: core } = loadedBy('./web.ts');
  const added = [...loadedBy('./index.ts').files].filter((path) => !core.has(path));
  expect(added.toSorted()).toEqual(['ecdsa-der.ts', 'index.ts', 'runtime-node.ts']);
  expect(loadedBy('./index.ts').modules).toEqual(new Set(['@latchkey/protocol', 'node:buffer', 'node:crypto']));
});
