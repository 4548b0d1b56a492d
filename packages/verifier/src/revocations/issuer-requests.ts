import type { FetchLike } from '../keys/fetch-key-set.ts';
import { FeedError } from './feed-error.ts';

/** How this resource server proves to the issuer who it is. */
export interface ClientCredential {
  readonly id: string;
  readonly secret: string;
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** RFC 6749 §2.3.1: both are form-encoded before they are joined, so that a colon in the id ends nothing. */
export function basicAuthorization({ id, secret }: ClientCredential): string {
  return `Basic ${btoa(`${formEncoded(id)}:${formEncoded(secret)}`)}`;
}

/**
 * Sends a request with the credential, to this URL only: a redirect could carry it to a host that nobody configured.
 *
 * @returns The answer, of status 200 or 410.
 * @throws {FeedError} for every other one.
 */
export async function requestOfIssuer(
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
  authorization: string,
  fetch: FetchLike,
): Promise<Response> {
  let response: Response;
  try {
    const headers = { ...(init.headers as Record<string, string>), authorization };
    const asked = fetch(url, { ...init, headers, redirect: 'manual', cache: 'no-store' });
    response = await orAborted(asked, init.signal);
  } catch (error) {
    throw new FeedError('unavailable', 'The issuer cannot be reached', error);
  }
  if (!response.redirected && (response.status === 200 || response.status === 410)) return response;
  response.body?.cancel().catch(() => {});
  const { status } = response;
  if (status === 401 || status === 403) {
    throw new FeedError('credentials_refused', `The issuer refuses this client with status ${status}`);
  }
  const what = response.redirected || (status >= 300 && status < 400) ? 'a redirect' : `status ${status}`;
  throw new FeedError('unavailable', `The issuer answered with ${what}`);
}

/** The pieces of a body, as they come. Ends with an error when the signal says so, even where `fetch` does not heed it. */
export async function* readChunks(body: ReadableStream<Uint8Array> | null, signal: AbortSignal) {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await orAborted(reader.read(), signal);
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw error instanceof FeedError ? error : new FeedError('unavailable', 'The answer was cut off', error);
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** @throws {FeedError} `malformed`, if it is longer. */
export async function readText(
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
  onChunk: () => void = () => {},
): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for await (const chunk of readChunks(response.body, signal)) {
    onChunk();
    length += chunk.byteLength;
    if (length > maxBytes) throw new FeedError('malformed', `The answer is longer than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  // Whichever loses the race is nobody's business any more.
  promise.catch(() => {});
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
