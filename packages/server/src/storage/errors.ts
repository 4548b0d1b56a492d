/**
 * The database cannot be reached or cannot write just now; a retry may succeed. Nothing was changed, except
 * perhaps where the connection broke during the commit itself.
 */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}

/** The database was migrated by a newer release. Running on it could corrupt it, so nothing is started. */
export class SchemaTooNewError extends Error {
  override readonly name = 'SchemaTooNewError';
}

/** Primary result codes (sqlite.org/rescode.html): busy, locked, read-only, I/O, full, cannot open. */
const SQLITE_UNAVAILABLE = new Set([5, 6, 8, 10, 13, 14]);
/** SQLSTATE classes: connection exception, insufficient resources, operator intervention, system error. */
const POSTGRES_UNAVAILABLE_CLASSES = new Set(['08', '53', '57', '58']);
/** A standby that was promoted away from under us, and a serialisation failure or deadlock. */
const POSTGRES_UNAVAILABLE = new Set(['25006', '40001', '40P01']);
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
/** What `pg` says, without a code, when a connection breaks or none can be had in time. */
const PG_CONNECTION_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|connection ended|not queryable/i;

/** Whether an error means "not now" rather than "never". */
export function isStorageUnavailable(error: unknown): boolean {
  if (error instanceof StorageUnavailableError) return true;
  if (error instanceof AggregateError) return error.errors.some(isStorageUnavailable);
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (typeof errcode === 'number') return SQLITE_UNAVAILABLE.has(errcode & 0xff);
  if (typeof code === 'string') {
    if (NETWORK_CODES.has(code) || POSTGRES_UNAVAILABLE.has(code)) return true;
    return code.length === 5 && POSTGRES_UNAVAILABLE_CLASSES.has(code.slice(0, 2));
  }
  return PG_CONNECTION_MESSAGES.test(error.message);
}

/** SQLITE_CONSTRAINT_UNIQUE; SQLSTATE unique_violation. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return errcode === 2067 || code === '23505';
}
