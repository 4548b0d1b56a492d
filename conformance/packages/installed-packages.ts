/** The packages as their users get them: built, packed, and installed in an empty project outside of the workspace. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { existsSync, globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
/** With a cache it takes seconds; a new machine downloads 60 MB. */
const INSTALL_TIMEOUT_MS = 180_000;
const MAX_OUTPUT_BYTES = 10_000_000;

export interface InstalledPackages {
  /** The user's project. It goes with the test run. */
  readonly directory: string;
  readonly packages: readonly InstalledPackage[];
  /** Runs a program in the project to its end, and gives its standard output. */
  run(file: string, args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>;
}

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly directory: string;
  /** What was published, relative to the directory. */
  readonly files: readonly string[];
  readonly manifest: PublishedPackageManifest;
}

interface PublishedPackageManifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

interface LockFile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

interface LockEntry {
  readonly version?: string;
  readonly link?: boolean;
}

/** @param besides names of packages that the user installs, too: in the versions of this workspace */
export async function installPackages(besides: readonly string[]): Promise<InstalledPackages> {
  const tarballs = await buildElsewhere();
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-project-'));
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as LockFile;
  const versions = besides.map((name) => `${name}@${lock.packages[`node_modules/${name}`]?.version}`);
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
  await writeFile(join(directory, 'package-lock.json'), JSON.stringify(seedOf(lock)));
  const inProject: InstalledPackages['run'] = async (file, args, environment = {}) => {
    const options = { cwd: directory, timeout: INSTALL_TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
    return (await run(file, [...args], { ...options, env: { ...userEnvironment(), ...environment } })).stdout;
  };
  const quietly = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  await inProject('npm', ['install', '--prefer-offline', ...quietly, ...tarballs.values(), ...versions]);
  const packages = await Promise.all([...tarballs.keys()].map((name) => installedPackage(directory, name)));
  return { directory, packages, run: inProject };
}

/** Builds and packs a copy of the sources, so that nobody who builds at the same time is disturbed. */
async function buildElsewhere(): Promise<ReadonlyMap<string, string>> {
  const copy = await mkdtemp(join(tmpdir(), 'latchkey-build-'));
  for (const path of ['package.json', '.npmrc', 'tsconfig.json', 'LICENSE', 'scripts'])
    await cp(join(root, path), join(copy, path), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  for (const manifest of globSync('packages/*/package.json', { cwd: root })) {
    const folder = dirname(manifest);
    await mkdir(join(copy, folder), { recursive: true });
    for (const path of ['package.json', 'README.md', 'src'])
      if (existsSync(join(root, folder, path)))
        await cp(join(root, folder, path), join(copy, folder, path), { recursive: true });
    const own = join(root, folder, 'node_modules');
    if (existsSync(own)) await symlink(own, join(copy, folder, 'node_modules'), 'junction');
  }
  // The types have a gate of their own.
  const options = { cwd: copy, env: userEnvironment(), timeout: INSTALL_TIMEOUT_MS };
  await run(process.execPath, ['scripts/build.ts', '--unchecked'], options);
  const names = globSync('packages/*/dist/package.json', { cwd: copy }).map(async (path) => {
    const { name, version } = JSON.parse(await readFile(join(copy, path), 'utf8')) as { name: string; version: string };
    return [name, join(copy, 'dist', `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)] as const;
  });
  return new Map(await Promise.all(names));
}

/** The versions of this workspace: those are in npm's cache, and no release of today makes the test fail. */
function seedOf({ packages }: LockFile): unknown {
  const entries = Object.entries(packages).filter(([path, { link }]) => path.startsWith('node_modules/') && !link);
  return { name: 'project', lockfileVersion: 3, requires: true, packages: { '': {}, ...Object.fromEntries(entries) } };
}

/** What a user's shell has: npm keeps its settings and its cache, and knows nothing of the run that this is part of. */
export function userEnvironment(): NodeJS.ProcessEnv {
  const ofThisRun =
    /^(?:npm_(?:package|lifecycle)_|npm_config_local_prefix$|npm_command$|VITEST|NODE_|LATCHKEY_|TEST$)/;
  const kept = Object.entries(process.env).filter(([name]) => !ofThisRun.test(name));
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path };
}

async function installedPackage(project: string, name: string): Promise<InstalledPackage> {
  const directory = join(project, 'node_modules', name);
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as PublishedPackageManifest;
  const files = globSync('**', {
    cwd: directory,
    withFileTypes: true,
    exclude: (entry) => entry.name === 'node_modules',
  })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(directory.length + 1)
        .replaceAll('\\', '/'),
    );
  return { name, version: String(manifest['version']), directory, files, manifest };
}
