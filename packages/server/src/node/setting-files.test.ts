import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FILE_SETTINGS, FILE_VARIABLES } from './settings-table.ts';
import { readSettings, SettingsError, type SettingSource } from './settings.ts';

const SECRET = 'a secret of at least thirty-two bytes';
const OTHER = 'another secret of thirty-two bytes and more';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-setting-files-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string | Buffer): string {
  const path = join(folder, `${Math.random()}`);
  writeFileSync(path, text);
  return path;
}

function problemsOf(environment: SettingSource): SettingsError['problems'] {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test.each(['', '\n', '\r\n'])('a file holds the secret; the line break %j at its end is none of it', (end) => {
  expect(readSettings({ LATCHKEY_SECRET_FILE: fileOf(SECRET + end) }).secret.reveal()).toBe(SECRET);
});

test('only one line break at the end is left out, and no space', () => {
  expect(readSettings({ LATCHKEY_SECRET_FILE: fileOf(` ${SECRET} \n\n`) }).secret.reveal()).toBe(` ${SECRET} \n`);
});

test('every setting with a credential may be in a file', () => {
  const smtpUrl = 'smtps://user:password@mail.example.com';
  const settings = readSettings({
    LATCHKEY_DATABASE_URL_FILE: fileOf('postgres://user:password@db/latchkey\n'),
    LATCHKEY_SECRET_FILE: fileOf(SECRET),
    LATCHKEY_SMTP_URL_FILE: fileOf(`${smtpUrl}\n`),
  });
  expect(settings.databaseUrl).toBe('postgres://user:password@db/latchkey');
  expect(settings.smtpUrl?.reveal()).toBe(smtpUrl);
  expect(FILE_VARIABLES).toEqual(FILE_SETTINGS.map((name) => `${name}_FILE`));
});

test('the file goes before the config file, and an empty name of a file is none', () => {
  const config = { LATCHKEY_SECRET: OTHER };
  expect(readSettings({ LATCHKEY_SECRET_FILE: fileOf(SECRET) }, config).secret.reveal()).toBe(SECRET);
  expect(readSettings({ LATCHKEY_SECRET_FILE: '' }, config).secret.reveal()).toBe(OTHER);
});

test.each(['', '\n', 'too short\n'])('a file with %j is a wrong value, and not a missing one', (text) => {
  const problems = problemsOf({ LATCHKEY_SECRET_FILE: fileOf(text) });
  expect(problems.map(({ name }) => name)).toEqual(['LATCHKEY_SECRET']);
  expect(JSON.stringify(problems)).not.toContain('too short');
});

test.each(FILE_SETTINGS)('%s in the environment and in a file is refused', (name) => {
  const value =
    name === 'LATCHKEY_SECRET' ? SECRET : { LATCHKEY_DATABASE_URL: 'sqlite:x', LATCHKEY_SMTP_URL: 'smtp://x' }[name];
  const problems = problemsOf({ LATCHKEY_SECRET: SECRET, [name]: value, [`${name}_FILE`]: fileOf(value) });
  expect(problems.map((problem) => problem.name)).toEqual([`${name}_FILE`]);
});

test.each(FILE_VARIABLES)('%s that cannot be read is refused', (name) => {
  const secret = name === 'LATCHKEY_SECRET_FILE' ? {} : { LATCHKEY_SECRET: SECRET };
  for (const path of [join(folder, 'missing'), folder]) {
    const problems = problemsOf({ ...secret, [name]: path });
    expect(problems.map((problem) => problem.name)).toEqual([name]);
  }
});

test.each(FILE_VARIABLES)('%s that holds the credential itself does not show it', (name) => {
  const secret = name === 'LATCHKEY_SECRET_FILE' ? {} : { LATCHKEY_SECRET: SECRET };
  for (const credential of [OTHER, 'smtps://user:password@mail.example.com', `/${'k'.repeat(43)}=`]) {
    const problems = problemsOf({ ...secret, [name]: credential });
    expect(problems.map((problem) => problem.name)).toEqual([name]);
    expect(JSON.stringify(problems)).not.toContain(credential);
  }
});

test('a file of bytes that are no text is refused: what cannot be read would make short secrets look long', () => {
  for (const bytes of [Buffer.alloc(11, 0xff), Buffer.from(`${SECRET}\xff`, 'latin1')]) {
    const path = fileOf(bytes);
    expect(problemsOf({ LATCHKEY_SECRET_FILE: path }).map(({ name }) => name)).toEqual(['LATCHKEY_SECRET_FILE']);
  }
});

test('a config file names no file', () => {
  const error = () => readSettings({ LATCHKEY_SECRET: SECRET }, { LATCHKEY_SECRET_FILE: fileOf(OTHER) });
  expect(error).toThrow(SettingsError);
});
