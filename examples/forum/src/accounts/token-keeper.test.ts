import { expect, test } from 'vitest';
import { openDatabase } from '../storage/open-database.ts';
import { AuthorizationServer } from './authorization-server.ts';
import { createSeals } from './sealed.ts';
import { TokenKeeper } from './token-keeper.ts';

test('a database that fails rejects nothing: tokens that are got ahead of time are waited for by nobody', async () => {
  const database = openDatabase(':memory:');
  const url = 'http://localhost:4500';
  const server = new AuthorizationServer({
    issuer: 'http://localhost:1',
    client: { id: 'cli_1', secret: 'lkc_1' },
    url,
    audience: url,
    clock: Date.now,
  });
  const warnings: string[] = [];
  const log = {
    info: () => undefined,
    warn: (_: object, text: string) => void warnings.push(text),
    error: () => undefined,
  };
  const seals = createSeals('a secret of a test, which is more than 32 bytes long');
  const keeper = new TokenKeeper({ database, seals, server, clock: Date.now, log });
  database.close();
  const tokens = { name: 'Ada', refreshToken: 'r', accessToken: 'a', accessExpiresAt: 0, idToken: 'i', generation: 1 };
  expect(await keeper.refresh({ ...tokens, sessionId: 'ses_1' })).toEqual({ kind: 'unavailable' });
  expect(warnings).toHaveLength(1);
});
