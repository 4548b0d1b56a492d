import { mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const BENCH = new URL('../', import.meta.url);
const WORKSPACE = fileURLToPath(new URL('../', BENCH));

/**
 * Bundles the subjects, for the test that starts some forty of them: their libraries are hundreds of modules each. For
 * measuring they run as they are.
 *
 * @returns An option for Node, by which a process that is given a subject runs the bundled one.
 */
export async function bundleSubjects(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-subjects-'));
  await using bundle = await rolldown({
    input: subjectFiles(),
    platform: 'node',
    // Machine code, which is loaded from where it lies.
    external: [/^@node-rs\//],
    // Libraries import others that they can do without.
    onLog: () => undefined,
  });
  await bundle.write({ dir: directory, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' });
  symlinkSync(join(WORKSPACE, 'packages/server/src/pages/assets'), join(directory, 'assets'));
  symlinkSync(join(WORKSPACE, 'node_modules'), join(directory, 'node_modules'));
  const hook = join(directory, 'redirect.mjs');
  writeFileSync(hook, redirection(pathToFileURL(`${directory}/`)));
  return `--import=${pathToFileURL(hook).href}`;
}

/** By the names of their bundles, which are in folders like theirs. */
function subjectFiles(): Record<string, string> {
  const folders = readdirSync(BENCH).filter((name) => name.endsWith('-subjects') && name !== 'bundle-size-subjects');
  return Object.fromEntries(
    folders.flatMap((folder) =>
      readdirSync(new URL(folder, BENCH)).map((file) => [
        `${folder}/${basename(file, '.ts')}`,
        fileURLToPath(new URL(`${folder}/${file}`, BENCH)),
      ]),
    ),
  );
}

/** A module by which the program that Node is to run, and no other module, is looked for among the bundled ones. */
function redirection(bundled: URL): string {
  return `import { registerHooks } from 'node:module';
const [from, to] = ${JSON.stringify([BENCH.href, bundled.href])};
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    if (context.parentURL !== undefined || !found.url.startsWith(from)) return found;
    return { ...found, url: found.url.replace(from, to).replace(/\\.ts$/, '.mjs'), format: 'module' };
  },
});
`;
}
