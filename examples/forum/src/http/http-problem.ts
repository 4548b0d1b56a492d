/** Every way in which a request fails: its code, for programs, and its status. */
export const PROBLEMS = {
  bad_request: 400,
  not_signed_in: 401,
  forbidden: 403,
  cross_site_request: 403,
  locked: 403,
  own_post: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  invalid_input: 422,
  too_fast: 429,
  too_many_streams: 429,
  internal_error: 500,
  accounts_unavailable: 503,
} as const;

export type HttpProblemCode = keyof typeof PROBLEMS;

interface HttpProblemOptions {
  /** For people, in a sentence or two. Nothing that was typed, no reason that helps an attacker. */
  readonly detail?: string;
  readonly retryAfterSeconds?: number;
}

/** Thrown by routes and middleware; `answerProblem` makes a page of it, or a problem document. */
export class HttpProblem extends Error {
  readonly code: HttpProblemCode;
  readonly options: HttpProblemOptions;

  constructor(code: HttpProblemCode, options: HttpProblemOptions = {}) {
    super(code);
    this.name = 'HttpProblem';
    this.code = code;
    this.options = options;
  }

  get status() {
    return PROBLEMS[this.code];
  }
}
