import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

let bundled: Promise<string> | undefined;

/** The application's script, in one file. */
export function appScript(): Promise<string> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<string> {
  const build = await rolldown({ input: fileURLToPath(new URL('./page.ts', import.meta.url)), platform: 'browser' });
  const { output } = await build.generate({ format: 'esm' });
  return output[0].code;
}
