/** What a promise rejects with, to look at from several sides. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let outcome: unknown;
  try {
    outcome = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`Resolved to ${String(outcome)}`);
}
