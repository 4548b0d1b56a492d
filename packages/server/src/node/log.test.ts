import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

const PASSWORD = 'unmistakable-hunter2';
const COOKIE = 'lks_ARIBogHuW-xwDrI99EhJhSO3AAAAAAAA';
const CLIENT_SECRET = 'lkc_cqNsuZyTRYm1xwcWAbinBlApH2o3Ip8WVKgbcjLnQZwUptt1A';
const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';

/** Runs in a process of its own, because the log goes to standard output. */
const PROGRAM = `
  import { createLog } from ${JSON.stringify(fileURLToPath(new URL('./log.ts', import.meta.url)))};
  const log = createLog('info');
  const fields = { password: '${PASSWORD}', token: '${PASSWORD}', secret: '${PASSWORD}', cookie: '${PASSWORD}' };
  log.debug({}, 'below the level');
  log.info({ ...fields, request: fields, harmless: 'kept' }, 'members');
  log.warn({ headers: { authorization: 'Bearer ${PASSWORD}', cookie: 'latchkey=${PASSWORD}' } }, 'headers');
  log.error({ err: new Error('failed on ${COOKIE} and ${JWT}', { cause: new Error('by ${CLIENT_SECRET}') }) }, 'message');
  const database = Object.assign(new Error('insert failed'), {
    code: '23505',
    detail: 'Key (hash)=(${PASSWORD}) exists',
    parameters: ['${PASSWORD}'],
    query: 'insert ${PASSWORD}',
  });
  log.error({ err: database }, 'members of an error');
  log.error({ err: new Error('outer', { cause: new Error('for postgres://u:${PASSWORD}@db/x') }) }, 'cause');
  log.warn({ client_secret: '${CLIENT_SECRET}', form: { client_secret: '${PASSWORD}', token: '${JWT}' } }, 'client');
  log.info({ path: '/a\\nb' }, 'line\\nbreak');
`;

let output: string;
let entries: Record<string, unknown>[];
beforeAll(async () => {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', PROGRAM]);
  output = stdout;
  entries = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
});

test('is one JSON object a line, with time, level and message', () => {
  expect(entries).toHaveLength(7);
  for (const entry of entries) {
    expect(entry).toMatchObject({
      level: expect.stringMatching(/^(?:info|warn|error)$/) as string,
      msg: expect.any(String) as string,
    });
    expect(entry['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
});

test('says nothing of a credential: by its member, by its look, in an error, its members or its cause', () => {
  for (const secret of [PASSWORD, COOKIE, CLIENT_SECRET, JWT]) expect(output).not.toContain(secret);
});

describe('says all the rest', () => {
  test('harmless members', () => {
    expect(entries[0]).toMatchObject({ harmless: 'kept', password: '[secret]', request: { token: '[secret]' } });
  });

  test("an error's kind, message, code and place", () => {
    expect(entries[2]?.['err']).toMatchObject({
      type: 'Error',
      message: 'failed on [secret] and [secret]: by [secret]',
    });
    expect(entries[3]?.['err']).toMatchObject({
      message: 'insert failed',
      code: '23505',
      stack: expect.stringContaining('\n    at ') as string,
    });
  });
});
