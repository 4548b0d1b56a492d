/**
 * A gate of `npm run check`: `package-lock.json` serves every machine. It names no registry, and it lists the optional
 * packages of all platforms: `npm ci` installs nothing that is not listed, so that a package with a native part which
 * was locked without its other platforms fails on those.
 */
import { readFileSync } from 'node:fs';

interface LockedPackage {
  readonly version?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Readonly<Record<string, LockedPackage>>;
};

/** The version that Node's resolution, which looks into each folder upwards, finds. */
function listedVersion(name: string, from: string): string | undefined {
  const prefix = from === '' ? '' : `${from}/`;
  const found = packages[`${prefix}node_modules/${name}`];
  if (found !== undefined || from === '') return found?.version;
  const parent = from.lastIndexOf('node_modules/');
  return listedVersion(name, from.slice(0, Math.max(parent - 1, 0)));
}

/** Packages with native parts name those by exact versions: another one, beside another release of theirs, does not count. */
function isListed(name: string, wanted: string, from: string): boolean {
  const version = listedVersion(name, from);
  return version !== undefined && (version === wanted || !/^\d+\.\d+\.\d+$/.test(wanted));
}

const problems = Object.entries(packages).flatMap(([path, { link, resolved, optionalDependencies }]) => [
  ...(resolved !== undefined && link !== true ? [`${path} names where it comes from: ${resolved}`] : []),
  ...Object.entries(optionalDependencies ?? {})
    .filter(([name, wanted]) => !isListed(name, wanted, path))
    .map(([name, wanted]) => `${path} lacks its optional ${name} ${wanted}`),
]);

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
}
