import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the command line loads only where a command needs it. */
const LOADED_LATER = ['commands/serve.ts', 'admin-api/local-admin-api.ts', 'admin-api/remote-admin-api.ts'].map(
  (path) => new URL(`../../packages/server/src/node/${path}`, import.meta.url).href,
);

/**
 * Environment that lets Node keep what it makes of the sources, for as long as the test run lasts: a start then takes
 * half the time. Node writes it when a process ends by itself, which those of tests hardly ever do: the first to ask
 * loads all of the command line, and lets it end.
 */
export function compileCache(commandLine: string): { readonly NODE_COMPILE_CACHE: string } {
  const environment = { NODE_COMPILE_CACHE: join(tmpdir(), 'compile-cache') };
  if (!existsSync(environment.NODE_COMPILE_CACHE)) {
    const modules = LOADED_LATER.flatMap((url) => ['--import', url]);
    execFileSync(process.execPath, [...modules, commandLine, '--help'], { env: environment, stdio: 'ignore' });
  }
  return environment;
}
