/**
 * `npm run build`: makes `packages/X/dist/` of every package that is published, and of that `dist/X.tgz`, ready for
 * `npm publish dist/X.tgz`. ES modules and declarations by `tsc`, the other files as they are, and a package.json whose
 * exports point to them. What was packed is checked with publint, and that all have one version.
 *
 * `--unchecked` leaves out the check of types, for who has just made it: the files are the same.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildPackage, type WorkspacePackage } from './build/build-package.ts';
import { lintPackage } from './build/lint-package.ts';
import { packPackages } from './build/pack-packages.ts';
import type { Manifest } from './build/published-manifest.ts';

function publishedPackages(): WorkspacePackage[] {
  const all = readdirSync('packages')
    .map((name) => join('packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
      return { folder, manifest };
    });
  return dependenciesFirst(all.filter(({ manifest }) => manifest.private !== true));
}

/** A package is compiled against the built declarations of those it imports. */
function dependenciesFirst(packages: readonly WorkspacePackage[]): WorkspacePackage[] {
  const ordered = new Set<WorkspacePackage>();
  const add = (one: WorkspacePackage): void => {
    for (const other of packages) if (one.manifest.dependencies?.[other.manifest.name] !== undefined) add(other);
    ordered.add(one);
  };
  packages.forEach(add);
  return [...ordered];
}

/** They are released together, and each asks for exactly this version of the others. */
function versionProblems(packages: readonly WorkspacePackage[]): string[] {
  const versions = new Map(packages.map(({ manifest: { name, version } }) => [name, version]));
  const newest = packages[0]?.manifest.version;
  return packages.flatMap(({ manifest: { name, version, dependencies = {} } }) => [
    ...(version === newest ? [] : [`${name} is ${version}, others are ${newest}`]),
    ...Object.entries(dependencies)
      .filter(([other, wanted]) => versions.has(other) && versions.get(other) !== wanted)
      .map(([other, wanted]) => `${name} asks for ${other} ${wanted}, which is ${versions.get(other)}`),
  ]);
}

async function build(packages: readonly WorkspacePackage[], types: 'checked' | 'unchecked'): Promise<string[]> {
  const problems = versionProblems(packages);
  for (const one of packages) {
    const startedAt = performance.now();
    if (!buildPackage(one, packages, types)) return [...problems, `${one.manifest.name} does not compile`];
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${one.manifest.name}@${one.manifest.version} → ${builtFolder(one)} in ${seconds} s`);
  }
  const tarballs = packPackages(packages.map(builtFolder), 'dist');
  for (const one of packages) {
    const tarball = tarballs.get(one.manifest.name);
    if (tarball === undefined) problems.push(`${one.manifest.name} was not packed`);
    else problems.push(...(await lintPackage(builtFolder(one), tarball)).map((text) => `${tarball}: ${text}`));
  }
  console.log(`Packed and checked in dist: ${[...tarballs.values()].map((path) => basename(path)).join(', ')}`);
  return problems;
}

const builtFolder = ({ folder }: WorkspacePackage): string => join(folder, 'dist');

const problems = await build(publishedPackages(), process.argv.includes('--unchecked') ? 'unchecked' : 'checked');
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
}
