import { HTTPException } from 'hono/http-exception';
import { PROBLEM_MEDIA_TYPE } from '@latchkey/protocol';
import { TooManyAttemptsError } from '../operations/attempts.ts';
import { isTemporarilyUnavailable } from '../operations/unavailable.ts';
import { messagePage } from '../pages/message-page.ts';
import { ApiError } from './api-error.ts';
import type { AppContext, HttpDependencies } from './environment.ts';
import { OAuthError } from './oauth-error.ts';

const BASIC = 'Basic realm="latchkey", charset="UTF-8"';
/** RFC 6750 §3. */
const BEARER = 'Bearer realm="latchkey", error="invalid_token"';
const RETRY_AFTER_SECONDS = 2;

/** Turns whatever was thrown into an answer: a problem document for programs, a page for people. */
export function answerError(error: unknown, c: AppContext, { log }: HttpDependencies): Response {
  if (error instanceof OAuthError) return answerOAuthError(error, c);
  const apiError = toApiError(error);
  if (apiError.status >= 500) {
    log.error({ requestId: c.get('requestId'), err: error, code: apiError.code }, 'request failed');
  }
  if (apiError.options.retryAfterSeconds !== undefined) {
    c.header('Retry-After', String(apiError.options.retryAfterSeconds));
  }
  if (apiError.options.challenge !== undefined) c.header('WWW-Authenticate', apiError.options.challenge);
  c.header('Cache-Control', 'no-store');
  return wantsPage(c) ? answerPage(apiError, c) : answerProblem(apiError, c);
}

/** RFC 6749 §5.2. */
function answerOAuthError({ code, description, status, challenge }: OAuthError, c: AppContext): Response {
  c.header('Cache-Control', 'no-store');
  // Required with 401 (RFC 9110 §15.5.2), and the scheme by which a client with a secret may always be recognised.
  const usual = code === 'invalid_token' ? BEARER : BASIC;
  if (status === 401) c.header('WWW-Authenticate', challenge ?? usual);
  return c.json({ error: code, ...(description !== undefined && { error_description: description }) }, status);
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof TooManyAttemptsError) {
    return new ApiError('too_many_requests', { retryAfterSeconds: error.retryAfterSeconds });
  }
  if (isTemporarilyUnavailable(error)) {
    return new ApiError('temporarily_unavailable', { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  if (error instanceof HTTPException) {
    if (error.status === 413) return new ApiError('body_too_large');
    if (error.status === 504)
      return new ApiError('temporarily_unavailable', { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  return new ApiError('internal_error');
}

function answerProblem(error: ApiError, c: AppContext): Response {
  return c.body(JSON.stringify(error.toProblem()), error.status, { 'Content-Type': PROBLEM_MEDIA_TYPE });
}

function answerPage(error: ApiError, c: AppContext): Response {
  const { title, status, detail } = error.toProblem();
  const message = detail ?? PAGE_MESSAGES[error.code] ?? 'Please go back and try again.';
  return c.html(
    messagePage({ title, status, message, action: { label: 'Go to the start page', href: '/' } }),
    error.status,
  );
}

const PAGE_MESSAGES: Readonly<Record<string, string>> = {
  not_found: 'The address is not one of ours. Perhaps a link was cut short.',
  cross_site_request:
    'For your safety, requests that start on another site are refused. Open the page here and try again.',
  too_many_requests: 'Wait a little, then try again. Whoever tries too often is slowed down, to keep accounts safe.',
  temporarily_unavailable: 'The server is busy or its database is away. Nothing was lost: try again in a moment.',
  internal_error: 'It is not your fault. The problem has been logged.',
};

/** People ask for HTML; a program says what it wants, or does not mind. */
function wantsPage(c: AppContext): boolean {
  return !/^\/(?:admin\/)?api\//.test(c.req.path) && (c.req.header('Accept') ?? '').includes('text/html');
}
