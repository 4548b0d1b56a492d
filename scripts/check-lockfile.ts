/**
 * A gate of `npm run check`: `package-lock.json` serves every machine. It names no registry, and it lists the optional
 * packages of all platforms: `npm ci` installs nothing that is not listed, so that a package with a native part which
 * was locked without its other platforms fails on those.
 */
import { readFileSync } from 'node:fs';

interface LockedPackage {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Readonly<Record<string, LockedPackage>>;
};

/** Whether Node's resolution, which looks into each folder upwards, finds the package. */
function isListed(name: string, from: string): boolean {
  const prefix = from === '' ? '' : `${from}/`;
  if (packages[`${prefix}node_modules/${name}`] !== undefined) return true;
  if (from === '') return false;
  const parent = from.lastIndexOf('node_modules/');
  return isListed(name, from.slice(0, Math.max(parent - 1, 0)));
}

const problems = Object.entries(packages).flatMap(([path, { link, resolved, optionalDependencies }]) => [
  ...(resolved !== undefined && link !== true ? [`${path} names where it comes from: ${resolved}`] : []),
  ...Object.keys(optionalDependencies ?? {})
    .filter((name) => !isListed(name, path))
    .map((name) => `${path} lacks its optional ${name}`),
]);

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
}
