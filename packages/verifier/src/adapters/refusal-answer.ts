import { PROBLEM_MEDIA_TYPE } from '@latchkey/protocol';
import type { VerifierError } from '../errors.ts';

export interface RefusalAnswerOptions {
  /** Name of the protected space, for the `WWW-Authenticate` header. Default `api`. */
  readonly realm?: string;
}

/** An HTTP answer, for any server to send. */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What a refused caller is told: the status, and one of six codes. Which rule a token failed is for
 * the log only; it would help whoever tries tokens.
 */
export function answerRefusal(error: VerifierError, { realm = 'api' }: RefusalAnswerOptions): RefusalAnswer {
  const { code, title } = outwardProblem(error);
  const headers: Record<string, string> = { 'Content-Type': PROBLEM_MEDIA_TYPE, 'Cache-Control': 'no-store' };
  if (error.retryAfterSeconds !== undefined) headers['Retry-After'] = String(error.retryAfterSeconds);
  if (error.status !== 503 && error.code !== 'cross_site_request') {
    // RFC 6750 §3: at least one parameter, and §3.1: no error code for a request without a token.
    const parameters = [`realm=${quote(realm)}`];
    if (code !== 'token_missing') parameters.push(`error=${quote(code)}`);
    if (error.scopes !== undefined) parameters.push(`scope=${quote(error.scopes.join(' '))}`);
    headers['WWW-Authenticate'] = `Bearer ${parameters.join(', ')}`;
  }
  const type = `urn:latchkey:error:bearer:${code}`;
  return { status: error.status, headers, body: JSON.stringify({ type, title, status: error.status, code }) };
}

/** The codes of RFC 6750 §3.1, and one each for what it leaves without. */
function outwardProblem(error: VerifierError): { readonly code: string; readonly title: string } {
  switch (error.status) {
    case 400:
      return { code: 'invalid_request', title: 'The request carries its token in a wrong way' };
    case 401:
      return error.code === 'token_missing'
        ? { code: 'token_missing', title: 'An access token is required' }
        : { code: 'invalid_token', title: 'The access token is not valid' };
    case 403:
      return error.code === 'cross_site_request'
        ? { code: 'cross_site_request', title: 'The request came from another site' }
        : { code: 'insufficient_scope', title: 'The access token does not allow this' };
    case 503:
      return { code: 'temporarily_unavailable', title: 'Access tokens cannot be checked for a moment' };
  }
}

/** RFC 9110 §5.6.4, leaving out what would need an escape or end the header. */
function quote(text: string): string {
  return `"${text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '')}"`;
}
