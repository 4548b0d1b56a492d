import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, posix, relative, resolve } from 'node:path';
import { publishedManifest, type Manifest } from './published-manifest.ts';

export interface WorkspacePackage {
  /** Relative to the root of the workspace. */
  readonly folder: string;
  readonly manifest: Manifest;
}

const isTypeScript = (file: string): boolean => /\.tsx?$/.test(file);

/**
 * Makes `dist/` of a package anew. Those that it imports must have been built.
 * @returns whether it compiles; the compiler prints why it does not
 */
export function buildPackage(
  { folder, manifest }: WorkspacePackage,
  all: readonly WorkspacePackage[],
  types: 'checked' | 'unchecked',
): boolean {
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  if (!compile(folder, pathsToDeclarations(manifest, all, dist), types === 'unchecked')) return false;

  const source = join(folder, 'src');
  for (const file of globSync('**/*.*', { cwd: source }).filter((path) => !isTypeScript(path))) {
    cpSync(join(source, file), join(dist, file));
  }
  copyFileSync('LICENSE', join(dist, 'LICENSE'));
  if (existsSync(join(folder, 'README.md'))) copyFileSync(join(folder, 'README.md'), join(dist, 'README.md'));

  const built = publishedManifest(manifest);
  for (const program of Object.values(built.bin ?? {})) chmodSync(join(dist, program), 0o755);
  // Named by kind, so that nothing is published that lies in the folder by accident.
  const extensions = new Set(globSync('**/*.*', { cwd: dist }).map((file) => extname(file)));
  const files = [...extensions].toSorted().map((extension) => `**/*${extension}`);
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify({ ...built, files }, null, 2)}\n`);
  return true;
}

function compile(folder: string, paths: Record<string, string[]>, noCheck: boolean): boolean {
  const config = join(folder, 'dist', 'tsconfig.json');
  const options = {
    extends: relative(dirname(config), resolve('tsconfig.json')),
    compilerOptions: { noEmit: false, noCheck, declaration: true, rootDir: '../src', outDir: '.', paths },
    include: ['../src'],
    exclude: ['../src/**/*.test.ts', '../src/**/*.test.tsx'],
  };
  writeFileSync(config, JSON.stringify(options));
  const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', config], {
    stdio: 'inherit',
  });
  rmSync(config);
  return status === 0;
}

/**
 * Sibling packages by their built declarations instead of their sources, which would become part of this package. This
 * is also how users see them.
 */
function pathsToDeclarations(
  manifest: Manifest,
  all: readonly WorkspacePackage[],
  from: string,
): Record<string, string[]> {
  const siblings = all.filter((other) => manifest.dependencies?.[other.manifest.name] !== undefined);
  const entries = siblings.flatMap<[string, string[]]>(({ folder, manifest: sibling }) =>
    Object.entries(publishedManifest(sibling).exports).map(([path, target]) => {
      const types = typeof target === 'string' ? target : target.types;
      return [posix.join(sibling.name, path), [relative(from, join(folder, 'dist', types))]];
    }),
  );
  return Object.fromEntries(entries);
}
