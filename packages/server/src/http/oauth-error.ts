import { OAUTH_ERRORS, type OAuthErrorCode } from '@latchkey/protocol';

/** Ends a request with an error as OAuth has them (RFC 6749 §5.2). */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: OAuthErrorCode;
  /** A sentence for the client's developer. Never the exact reason where a credential is concerned. */
  readonly description: string | undefined;
  /** Value of `WWW-Authenticate` where a resource refuses a token (RFC 6750 §3, RFC 9449 §7.1): its status is 401. */
  readonly challenge: string | undefined;

  constructor(code: OAuthErrorCode, description?: string, challenge?: string) {
    super(code);
    this.code = code;
    this.description = description;
    this.challenge = challenge;
  }

  get status(): (typeof OAUTH_ERRORS)[OAuthErrorCode]['status'] {
    if (this.challenge !== undefined) return 401;
    return OAUTH_ERRORS[this.code].status;
  }
}
