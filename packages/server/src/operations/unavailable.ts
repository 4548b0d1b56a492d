import { isStorageUnavailable } from '../storage/errors.ts';

/** Too many passwords wait to be hashed; asking again in a moment may succeed. */
export class HashingBusyError extends Error {
  override readonly name = 'HashingBusyError';
}

/** Whether an operation failed for now only: nothing was changed, and a retry may succeed. */
export function isTemporarilyUnavailable(error: unknown): boolean {
  return error instanceof HashingBusyError || isStorageUnavailable(error);
}
