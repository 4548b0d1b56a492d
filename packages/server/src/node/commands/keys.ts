import type { SigningKey } from '../../domain/keys/signing-key.ts';
import { rotateSigningKeys } from '../../operations/manage-signing-keys.ts';
import { revokeSigningKey } from '../../operations/revoke-signing-key.ts';
import { listSigningKeys } from '../../storage/signing-keys.ts';
import { CommandError } from '../command-error.ts';
import type { Settings } from '../settings.ts';
import { withOperations } from '../with-operations.ts';

interface Output {
  readonly json: boolean;
}

export async function listKeys(settings: Settings, output: Output): Promise<void> {
  await withOperations(settings, async ({ store }) => print(await listSigningKeys(store.queries), output));
}

/** The next key signs from now on; servers that run follow within seconds. */
export async function rotateKeys(
  settings: Settings,
  output: Output,
  options: { readonly dangerouslyNow: boolean },
): Promise<void> {
  await withOperations(settings, async (operations) => {
    const result = await rotateSigningKeys(operations, 'cli', options);
    if (result.kind === 'rotated') return print(result.keys, output);
    throw new CommandError(
      'The next key is so new that some verifiers cannot know it yet: they would refuse its tokens.',
      `Try again at ${iso(result.possibleFrom)} or later. Is the active key known to others? Then: latchkey keys revoke KID`,
    );
  });
}

/** Nothing that the key signed is accepted any more. */
export async function revokeKey(settings: Settings, kid: string, output: Output): Promise<void> {
  await withOperations(settings, async (operations) => {
    const result = await revokeSigningKey(operations, kid, 'cli');
    if (result.kind === 'unknown') {
      throw new CommandError(`There is no key ${kid}.`, 'Run `latchkey keys list` to see the keys that there are.');
    }
    const { was, signsNow, keys } = result;
    if (output.json) {
      write(JSON.stringify({ revoked: { kid, was }, signs_now: signsNow ?? null, keys: keys.map(represent) }));
      return;
    }
    const consequence = signsNow === undefined ? 'The key that signs is the same as before.' : `${signsNow} signs now.`;
    write(
      `Revoked ${kid} (${was}): no token that it signed is accepted any more. ${consequence}\n` +
        'Servers and verifiers that run follow within seconds; whoever has lost a token gets another one by their session.\n',
    );
    print(keys, output);
  });
}

function print(keys: readonly SigningKey[], { json }: Output): void {
  const facts = keys.map(represent);
  const lines = facts.map((key) => `${key.state.padEnd(8)} ${key.algorithm.padEnd(6)} ${key.kid}  ${key.created_at}`);
  write(json ? JSON.stringify(facts) : lines.join('\n'));
}

function represent({ kid, algorithm, state, createdAt }: SigningKey) {
  return { kid, algorithm, state, created_at: iso(createdAt) };
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}
