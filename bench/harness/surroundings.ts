import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { availableParallelism, cpus, loadavg } from 'node:os';
import type { Surroundings } from './report.ts';

/** Where the figures come from. Read before the measuring, which loads the machine. */
export function readSurroundings(packages: readonly string[]): Surroundings {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    cpu: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    loadAverage: loadavg()[0] ?? 0,
    versions: packages.map((name) => [name, versionOf(name)]),
  };
}

/** The version that is installed, as its package.json says. */
function versionOf(name: string): string {
  const path = findPackageJSON(name, import.meta.url);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
