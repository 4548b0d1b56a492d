import { adminClientResponse } from '@latchkey/protocol/schemas';
import type { Administer } from '../admin-api/admin-api.ts';
import { CommandError } from '../command-error.ts';
import { refusedRegistration } from './client-problems.ts';
import { pathOf, unknownClient } from './clients.ts';
import { toKeyMembers, withKeySource, type KeyFiles } from './key-files.ts';
import { write, type Output } from './output.ts';

const NOTHING_CHANGED = 'Nothing was changed. `latchkey clients set-keys --help` says more.';

/** Replaces the public keys of a client. */
export async function setKeysCommand(
  administer: Administer,
  id: string,
  files: KeyFiles,
  { json }: Output,
): Promise<void> {
  const path = `${pathOf(id)}/keys`;
  if (Object.values(files).every((file) => file === undefined)) {
    throw new CommandError('There are no keys.', 'Give one of --jwk, --jwks-uri and --generate-key.');
  }
  await administer((api) =>
    withKeySource(files, async (source) => {
      const call = { method: 'PUT', path, json: toKeyMembers(source), answer: adminClientResponse } as const;
      const client = await api.call(call).catch((error: unknown) => {
        throw refusedRegistration(unknownClient(error, id), NOTHING_CHANGED);
      });
      if (json) return write(JSON.stringify(client));
      write(
        [
          `${client.client_name} has these keys from now on; others are void, with all tokens that it had by then.`,
          ...(client.jwks?.keys ?? []).map(({ kid }) => `  ${String(kid)}`),
        ].join('\n'),
      );
    }),
  );
}
