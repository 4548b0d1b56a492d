import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SettingsError, type SettingSource } from './settings.ts';

export const CONFIG_FILE = 'latchkey.config.ts';

/** The default export of `latchkey.config.ts` in the folder, or an empty object where there is no such file. */
export async function readConfigFile(folder: string): Promise<SettingSource> {
  const path = resolve(folder, CONFIG_FILE);
  if (!existsSync(path)) return {};
  const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
  if (typeof module.default !== 'object' || module.default === null) {
    throw new SettingsError([
      { name: CONFIG_FILE, given: typeof module.default, allowed: 'an object of settings as its default export' },
    ]);
  }
  return module.default as SettingSource;
}
