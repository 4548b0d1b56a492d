import { createApp } from '../../http/app.ts';
import { grantLocalAuthority } from '../../http/local-authority.ts';
import { NO_METRICS } from '../../http/no-metrics.ts';
import type { OperationContext } from '../../operations/context.ts';
import { RevocationFeed } from '../../operations/revocation-feed.ts';
import { prepareDatabase } from '../../operations/start.ts';
import { migrate } from '../../storage/migrate.ts';
import { openStore } from '../../storage/open-store.ts';
import { createOperationContext } from '../create-operation-context.ts';
import type { Settings } from '../settings.ts';
import { createAdminApi, type AdminApi } from './admin-api.ts';

/** Who it was, in the audit log. */
const ACTOR = 'cli';
/** A command may wait for its database longer than a browser would. */
const REQUEST_TIMEOUT_MS = 600_000;

/**
 * Does what a command does by the server's own routes in this process, on the database of the settings, migrated,
 * beside servers that run or without any. Whoever runs it has the database and the master secret: no token is asked for.
 */
export async function withLocalAdminApi(settings: Settings, work: (api: AdminApi) => Promise<void>): Promise<void> {
  const store = openStore({ url: settings.databaseUrl });
  try {
    await migrate(store);
    const operations = createOperationContext(settings, store);
    await prepareDatabase(operations);
    await work(createLocalAdminApi(operations));
  } finally {
    await store.close();
  }
}

function createLocalAdminApi(operations: OperationContext): AdminApi {
  const feed = new RevocationFeed(operations);
  let failure: unknown;
  const app = createApp({
    operations,
    feed,
    // Nobody reads a log here: what went wrong is the command's own error.
    log: { info: () => {}, warn: () => {}, error: (fields) => void (failure = (fields as { err?: unknown }).err) },
    metrics: NO_METRICS,
    options: { development: false, trustedProxies: [], requestTimeoutMs: REQUEST_TIMEOUT_MS },
  });
  const authority = grantLocalAuthority(ACTOR);
  return createAdminApi(operations.policy.issuer, async (request) => {
    const response = await app.fetch(request, { authority });
    if (response.status >= 500 && failure instanceof Error) throw failure;
    return response;
  });
}
