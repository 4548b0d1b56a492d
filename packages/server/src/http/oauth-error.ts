import { OAUTH_ERRORS, type OAuthErrorCode } from '@latchkey/protocol';

/** Ends a request with an error as OAuth has them (RFC 6749 §5.2). */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: OAuthErrorCode;
  /** A sentence for the client's developer. Never the exact reason where a credential is concerned. */
  readonly description: string | undefined;

  constructor(code: OAuthErrorCode, description?: string) {
    super(code);
    this.code = code;
    this.description = description;
  }

  get status(): (typeof OAUTH_ERRORS)[OAuthErrorCode]['status'] {
    return OAUTH_ERRORS[this.code].status;
  }
}
