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
    const reading = readText(path);
    // The path stays out of it: whoever takes this for the setting itself has put the credential there.
    if ('failure' in reading) problems.push({ name, given: reading.failure, allowed: 'the path of a file of text' });
    else texts.set(setting, reading.text);
  }
  return { texts, problems };
}

function readText(path: string): { readonly text: string } | { readonly failure: string } {
  try {
    // Fatal: bytes that are no text would be replaced by three each, and a short secret pass for a long one.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
    return { text: text.replace(/\r?\n$/, '') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return { failure: `a file that cannot be read (${String(code)})` };
  }
}
