import { issueAccessToken } from '../../packages/server/src/operations/issue-access-token.ts';
import { AUDIENCE } from './open-latchkey.ts';
import { serveLatchkey } from './serve-latchkey.ts';

serveLatchkey(async ({ operations }, { session: { session } }) => {
  const result = await issueAccessToken(operations, session, { audience: AUDIENCE });
  if (result.kind !== 'issued') throw new Error(`No access token: ${result.kind}`);
  return { access_token: result.accessToken, token_type: 'Bearer', expires_in: result.expiresInSeconds };
});
