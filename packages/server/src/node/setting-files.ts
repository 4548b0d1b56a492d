import { readFileSync } from 'node:fs';
import { FILE_SETTINGS, type SettingName } from './settings-table.ts';

interface SettingFiles {
  /** What the files hold, without the line break at the end. */
  readonly texts: ReadonlyMap<SettingName, string>;
  readonly problems: readonly { readonly name: string; readonly given: string; readonly allowed: string }[];
}

/** Reads the files that variables such as LATCHKEY_SECRET_FILE name. An empty file is an empty value, not a missing one. */
export function readSettingFiles(environment: Readonly<Record<string, unknown>>): SettingFiles {
  const texts = new Map<SettingName, string>();
  const problems: SettingFiles['problems'][number][] = [];
  for (const setting of FILE_SETTINGS) {
    const name = `${setting}_FILE`;
    const path = environment[name];
    if (typeof path !== 'string' || path === '') continue;
    const isGivenTwice = environment[setting] !== undefined && environment[setting] !== '';
    // Which of the two counts would be a guess, and one of them is likely to be an old secret.
    if (isGivenTwice) problems.push({ name, given: `beside ${setting}`, allowed: 'one of the two' });
    const text = readText(path);
    if (text === undefined) {
      problems.push({ name, given: JSON.stringify(path), allowed: 'the path of a file that can be read' });
    } else {
      texts.set(setting, text);
    }
  }
  return { texts, problems };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
