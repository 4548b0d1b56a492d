/**
 * `npm run build`: makes `packages/X/dist/` of every package that is published, ready for `npm publish packages/X/dist`.
 * ES modules and declarations by `tsc`, the other files as they are, and a package.json whose exports point to them.
 * Each is checked with publint.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackage, type WorkspacePackage } from './build/build-package.ts';
import { lintPackage } from './build/lint-package.ts';
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

const packages = publishedPackages();
for (const one of packages) {
  const startedAt = performance.now();
  if (!buildPackage(one, packages)) process.exit(1);
  const problems = await lintPackage(join(one.folder, 'dist'));
  const { name, version } = one.manifest;
  if (problems.length > 0) {
    console.error(`${name}: ${problems.join('\n')}`);
    process.exitCode = 1;
  }
  console.log(
    `${name}@${version} → ${join(one.folder, 'dist')} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
  );
}
