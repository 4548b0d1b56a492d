import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { createForum } from '../../src/create-forum.ts';
import { readSettings } from '../../src/settings.ts';
import { silent } from './two-servers.ts';

test.skipIf(process.platform === 'win32')('a key that others can read is warned of', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'forum-key-'));
  const keyFile = join(directory, 'job.jwk');
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  await writeFile(keyFile, JSON.stringify({ ...(await exportJWK(privateKey)), alg: 'ES256' }));
  const settings = readSettings({
    FORUM_DATABASE: ':memory:',
    FORUM_SECRET: 'a secret of a test, which is more than 32 bytes long',
    LATCHKEY_ISSUER: 'http://localhost:1',
    FORUM_CLIENT_ID: 'cli_1',
    FORUM_CLIENT_SECRET: 'lkc_1',
    FORUM_JOB_CLIENT_ID: 'cli_2',
    FORUM_JOB_KEY_FILE: keyFile,
  });
  const warnings = async (mode: number) => {
    await chmod(keyFile, mode);
    const files: unknown[] = [];
    const warn = (fields: object) => void ('keyFile' in fields && files.push(fields.keyFile));
    await (await createForum(settings, { ...silent, warn })).close();
    return files;
  };
  expect([await warnings(0o640), await warnings(0o604), await warnings(0o600)]).toEqual([[keyFile], [keyFile], []]);
  await rm(directory, { recursive: true });
});
