import pg from 'pg';

/** The channel that a trigger on the log notifies, in the migration of PostgreSQL. */
export const REVOCATION_CHANNEL = 'latchkey_revocations';

const RECONNECT_MS = 1000;

export interface RevocationNotices {
  stop(): Promise<void>;
}

/** For SQLite, and for whoever only polls. */
export const NO_NOTICES: RevocationNotices = { stop: async () => {} };

/**
 * Calls `onNotice` soon after something was appended to the revocation log, by any node. A notice may be lost with
 * its connection, which is replaced: it only wakes who polls besides.
 */
export function listenForRevocations(url: string, connectTimeoutMs: number, onNotice: () => void): RevocationNotices {
  let stopped = false;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;

  const reconnectLater = (lost: pg.Client): void => {
    if (stopped || lost !== client) return;
    client = undefined;
    timer = setTimeout(() => void connect(), RECONNECT_MS).unref();
  };
  const connect = async (): Promise<void> => {
    const own = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs, keepAlive: true });
    client = own;
    // `end` follows every loss; without a listener, `error` would end the process.
    own.on('error', () => {});
    own.once('end', () => reconnectLater(own));
    own.on('notification', onNotice);
    try {
      await own.connect();
      await own.query(`listen ${REVOCATION_CHANNEL}`);
      // Whatever was appended while nobody listened.
      onNotice();
    } catch {
      await own.end().catch(() => {});
      reconnectLater(own);
    }
  };
  void connect();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}
