import { setClientKeys } from '../../operations/set-client-keys.ts';
import { CommandError } from '../command-error.ts';
import type { Settings } from '../settings.ts';
import { withOperations } from '../with-operations.ts';
import { describeKeySetFailure, describeRegistrationProblem } from './client-problems.ts';
import { ACTOR, representClient, requireClientId, unknownClient, write, type Output } from './clients.ts';
import { withKeySource, type KeyFiles } from './key-files.ts';

const NOTHING_CHANGED = 'Nothing was changed. `latchkey clients set-keys --help` says more.';

/** Replaces the public keys of a client. */
export async function setKeysCommand(settings: Settings, id: string, files: KeyFiles, { json }: Output): Promise<void> {
  const clientId = requireClientId(id);
  if (Object.values(files).every((file) => file === undefined)) {
    throw new CommandError('There are no keys.', 'Give one of --jwk, --jwks-uri and --generate-key.');
  }
  await withOperations(settings, (operations) =>
    withKeySource(files, async (source) => {
      const result = await setClientKeys(operations, clientId, source, ACTOR);
      switch (result.kind) {
        case 'unknown':
          throw unknownClient(id);
        case 'refused':
          throw new CommandError(result.problems.map(describeRegistrationProblem).join('\n'), NOTHING_CHANGED);
        case 'not_fetched':
          throw new CommandError(
            `The keys cannot be fetched from ${files.jwksUri}: ${describeKeySetFailure(result.reason)}.`,
            NOTHING_CHANGED,
          );
        case 'public_client':
          throw new CommandError(`${id} is a public client and has no keys.`, NOTHING_CHANGED);
        case 'set': {
          const { client, keys } = result;
          if (json) return write(JSON.stringify(representClient(client, { keys })));
          write(
            [
              `${client.name} has these keys from now on; others are void, with all tokens that it had by then.`,
              ...keys.map(({ kid }) => `  ${kid}`),
            ].join('\n'),
          );
        }
      }
    }),
  );
}
