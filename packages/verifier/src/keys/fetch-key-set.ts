import { parseJsonObject, type JsonObject } from '../token/json-object.ts';

/** The part of `fetch` that is used. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** Far more than any key set; less than what would hurt. */
const MAX_KEY_SET_BYTES = 64 * 1024;

/**
 * Gets a JWK set. Within the time-out for everything, up to a size, and from this URL only: a redirect
 * could lead to a host that nobody configured. Does not check the content type.
 *
 * @throws {Error} What went wrong, in words; never with anything of the answer's body.
 */
export async function fetchKeySet(url: string, fetch: FetchLike, timeoutMs: number): Promise<JsonObject> {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Raced, because a fetch that was handed in may not heed its signal.
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`No key set within ${timeoutMs} ms`);
      reject(error);
      abort.abort(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([readAnswer(url, fetch, abort.signal), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

async function readAnswer(url: string, fetch: FetchLike, signal: AbortSignal): Promise<JsonObject> {
  const response = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'manual',
    signal,
  });
  // `redirected` as well, because a fetch that was handed in may not heed `redirect`.
  if (response.status !== 200 || response.redirected) {
    await response.body?.cancel();
    throw new Error(
      `The key set was answered with ${response.redirected ? 'a redirect' : `status ${response.status}`}`,
    );
  }
  const keySet = parseJsonObject(await readBody(response));
  if (keySet === undefined) throw new Error('The key set is not a JSON object');
  return keySet;
}

/** Counts what arrives: the Content-Length is only what the server says, and of the compressed form. */
async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (length > MAX_KEY_SET_BYTES) throw new Error(`The key set is longer than ${MAX_KEY_SET_BYTES} bytes`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}
