import type { Refusal } from '../errors.ts';

/** The segments of a compact JWS (RFC 7515 §7.1), still encoded. */
export interface CompactJws {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  /** What was signed: the first two segments with their dot. */
  readonly signingInput: string;
}

/**
 * Takes a compact JWS apart. Whether the segments are base64url is for those to find out who decode
 * them; a third dot ends up in the signature, where it is not.
 */
export function splitCompactJws(token: string, maxTokenLength: number): CompactJws | Refusal {
  if (typeof token !== 'string') return { refused: 'token_malformed' };
  if (token.length > maxTokenLength) return { refused: 'token_too_long' };
  const headerEnd = token.indexOf('.');
  const payloadEnd = token.indexOf('.', headerEnd + 1);
  if (headerEnd === -1 || payloadEnd === -1) return { refused: 'token_malformed' };
  return {
    header: token.slice(0, headerEnd),
    payload: token.slice(headerEnd + 1, payloadEnd),
    signature: token.slice(payloadEnd + 1),
    signingInput: token.slice(0, payloadEnd),
  };
}
