import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Environment that lets Node keep what it makes of the sources, for as long as the test run lasts: a start then takes
 * half the time. Node writes it when a process ends by itself, which those of tests hardly ever do: the first to ask
 * runs the command line to its end.
 */
export function compileCache(commandLine: string): { readonly NODE_COMPILE_CACHE: string } {
  const environment = { NODE_COMPILE_CACHE: join(tmpdir(), 'compile-cache') };
  if (!existsSync(environment.NODE_COMPILE_CACHE)) {
    execFileSync(process.execPath, [commandLine, '--help'], { env: environment, stdio: 'ignore' });
  }
  return environment;
}
