import { ADMIN_ROUTES } from '@latchkey/protocol';
import { adminKeyListResponse, adminKeyRevocationResponse, type AdminKeyResponse } from '@latchkey/protocol/schemas';
import { AdminApiError, type Administer } from '../admin-api/admin-api.ts';
import { CommandError } from '../command-error.ts';
import { write, type Output } from './output.ts';

export async function listKeys(administer: Administer, output: Output): Promise<void> {
  await administer(async (api) => {
    const { keys } = await api.call({ path: ADMIN_ROUTES.keys, answer: adminKeyListResponse });
    print(keys, output);
  });
}

/** The next key signs from now on; servers that run follow within seconds. */
export async function rotateKeys(
  administer: Administer,
  output: Output,
  { dangerouslyNow }: { readonly dangerouslyNow: boolean },
): Promise<void> {
  await administer(async (api) => {
    const json = { dangerously_now: dangerouslyNow };
    const { keys } = await api
      .call({ method: 'POST', path: ADMIN_ROUTES.rotateKeys, json, answer: adminKeyListResponse })
      .catch((error: unknown) => {
        if (!(error instanceof AdminApiError) || error.problem.code !== 'key_too_new') throw error;
        throw new CommandError(
          'The next key is so new that some verifiers cannot know it yet: they would refuse its tokens.',
          `${error.problem.detail ?? ''} Is the active key known to others? Then: latchkey keys revoke KID`,
        );
      });
    print(keys, output);
  });
}

/** Nothing that the key signed is accepted any more. */
export async function revokeKey(administer: Administer, kid: string, output: Output): Promise<void> {
  await administer(async (api) => {
    const path = `${ADMIN_ROUTES.keys}/${encodeURIComponent(kid)}/revoke`;
    const result = await api
      .call({ method: 'POST', path, answer: adminKeyRevocationResponse })
      .catch((error: unknown) => {
        const isUnknown = error instanceof AdminApiError && (error.problem.status === 404 || error.isAbout('kid'));
        if (!isUnknown) throw error;
        throw new CommandError(`There is no key ${kid}.`, 'Run `latchkey keys list` to see the keys that there are.');
      });
    if (output.json) return write(JSON.stringify(result));
    const { revoked, signs_now: signsNow, keys } = result;
    const consequence = signsNow === null ? 'The key that signs is the same as before.' : `${signsNow} signs now.`;
    write(
      `Revoked ${kid} (${revoked.was}): no token that it signed is accepted any more. ${consequence}\n` +
        'Servers and verifiers that run follow within seconds; whoever has lost a token gets another one by their session.\n',
    );
    print(keys, output);
  });
}

function print(keys: readonly AdminKeyResponse[], { json }: Output): void {
  const lines = keys.map((key) => `${key.state.padEnd(8)} ${key.algorithm.padEnd(6)} ${key.kid}  ${key.created_at}`);
  write(json ? JSON.stringify(keys) : lines.join('\n'));
}
