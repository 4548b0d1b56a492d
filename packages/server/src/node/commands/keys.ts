import { listSigningKeys } from '../../storage/signing-keys.ts';
import type { SigningKey } from '../../domain/keys/signing-key.ts';
import { rotateSigningKeys } from '../../operations/manage-signing-keys.ts';
import type { OperationContext } from '../../operations/context.ts';
import { prepareDatabase } from '../../operations/start.ts';
import { migrate } from '../../storage/migrate.ts';
import { openStore } from '../../storage/open-store.ts';
import { createOperationContext } from '../create-latchkey.ts';
import type { Settings } from '../settings.ts';

interface Output {
  readonly json: boolean;
}

export async function listKeys(settings: Settings, output: Output): Promise<void> {
  await withOperations(settings, async ({ store }) => print(await listSigningKeys(store.queries), output));
}

/** The next key signs from now on; servers that run follow within seconds. */
export async function rotateKeys(settings: Settings, output: Output): Promise<void> {
  await withOperations(settings, async (operations) => print(await rotateSigningKeys(operations, 'cli'), output));
}

async function withOperations(
  settings: Settings,
  work: (operations: OperationContext) => Promise<void>,
): Promise<void> {
  const store = openStore({ url: settings.databaseUrl });
  try {
    await migrate(store);
    const operations = createOperationContext(settings, store);
    await prepareDatabase(operations);
    await work(operations);
  } finally {
    await store.close();
  }
}

function print(keys: readonly SigningKey[], { json }: Output): void {
  const facts = keys.map(({ kid, algorithm, state, createdAt }) => ({
    kid,
    algorithm,
    state,
    created_at: new Date(createdAt).toISOString(),
  }));
  const lines = facts.map((key) => `${key.state.padEnd(8)} ${key.algorithm.padEnd(6)} ${key.kid}  ${key.created_at}`);
  process.stdout.write(`${json ? JSON.stringify(facts) : lines.join('\n')}\n`);
}
