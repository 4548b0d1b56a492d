import type { OperationContext } from '../operations/context.ts';
import { prepareDatabase } from '../operations/start.ts';
import { migrate } from '../storage/migrate.ts';
import { openStore } from '../storage/open-store.ts';
import { createOperationContext } from './create-latchkey.ts';
import type { Settings } from './settings.ts';

/** Does what a command does: on the database of the settings, migrated, beside servers that run or without any. */
export async function withOperations(
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
