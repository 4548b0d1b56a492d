import { loadTokens, postForm, type TokenAnswer, type TokenLoadResult, type TokenTarget } from './token-load.ts';

export interface RefreshTarget extends TokenTarget {
  readonly clientId: string;
}

export interface RefreshLoadOptions {
  /** One each for the clients that refresh at once; each goes on with the token of its answer before. */
  readonly tokens: readonly string[];
  /** Load before anything is counted, and then the time that counts. */
  readonly rampMs: number;
  readonly windowMs: number;
}

/**
 * Refreshes again and again, as several clients do that are in a hurry (RFC 6749 §6). Rejects if an answer is not a 200
 * with another refresh token.
 */
export async function loadRefresh(target: RefreshTarget, options: RefreshLoadOptions): Promise<TokenLoadResult> {
  const { tokens, rampMs, windowMs } = options;
  const next = ({ status, refreshToken }: TokenAnswer, form: string): string => {
    const nextForm = refreshToken === undefined ? form : formOf(target, refreshToken);
    if (status !== 200 || nextForm === form) {
      const which = refreshToken === undefined ? 'no' : 'the same';
      throw new Error(`A refresh was answered with ${status}, ${which} token`);
    }
    return nextForm;
  };
  return loadTokens(target, { forms: tokens.map((token) => formOf(target, token)), next, rampMs, windowMs });
}

/** Presents a refresh token once, as a public client. */
export async function refresh(target: RefreshTarget, token: string): Promise<TokenAnswer> {
  return postForm(target, formOf(target, token));
}

function formOf({ clientId }: RefreshTarget, token: string): string {
  return `grant_type=refresh_token&client_id=${clientId}&refresh_token=${encodeURIComponent(token)}`;
}
