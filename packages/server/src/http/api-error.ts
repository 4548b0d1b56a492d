import { API_ERRORS, type ApiErrorCode, type ProblemDocument } from '@latchkey/protocol';

export interface ApiErrorOptions {
  /** A sentence for people. Never the exact reason where a credential is concerned. */
  readonly detail?: string;
  readonly errors?: ProblemDocument['errors'];
  readonly retryAfterSeconds?: number;
  /** What to authenticate by (RFC 9110 §11.6.1). */
  readonly challenge?: string;
}

/** Ends a request with one of the documented errors. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly options: ApiErrorOptions;

  constructor(code: ApiErrorCode, options: ApiErrorOptions = {}) {
    super(code);
    this.code = code;
    this.options = options;
  }

  get status(): (typeof API_ERRORS)[ApiErrorCode]['status'] {
    return API_ERRORS[this.code].status;
  }

  toProblem(): ProblemDocument {
    const { detail, errors } = this.options;
    return {
      type: `urn:latchkey:error:${this.code}`,
      title: API_ERRORS[this.code].title,
      status: this.status,
      code: this.code,
      ...(detail !== undefined && { detail }),
      ...(errors !== undefined && { errors }),
    };
  }
}

/** An error about members of the body: each by its JSON pointer. */
export function invalidMembers(...members: readonly { readonly pointer: string; readonly detail: string }[]): ApiError {
  return new ApiError('invalid_request', { errors: members });
}
