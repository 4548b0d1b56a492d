/** What the server said no to, or why it could not be asked. Assert on `code`: messages may change. */
export class LatchkeyError extends Error {
  override readonly name = 'LatchkeyError';
  /** A code of the server's problem documents, such as `invalid_credentials`; or `offline`, where none came. */
  declare readonly code: string;
  /** HTTP status; 0 where no answer came. */
  declare readonly status: number;
  /** When to ask again, where the server said so. */
  declare readonly retryAfterSeconds: number | undefined;
  /** What is wrong with which member of the request, by JSON pointers. */
  declare readonly errors: readonly { readonly pointer: string; readonly detail: string }[];

  constructor(code: string, status: number, retryAfterSeconds?: number, errors: LatchkeyError['errors'] = []) {
    super(code);
    this.code = code;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.errors = errors;
  }
}
