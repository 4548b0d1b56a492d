import { parseForm, type FormParameters } from '../domain/clients/form-encoding.ts';
import { ApiError } from './api-error.ts';
import { CLIENT_FORM } from './client-form.ts';
import type { AppContext } from './environment.ts';
import { readBytes } from './request-body.ts';

/**
 * The parameters of a client's request that a browser brings, each once (RFC 6749 §3.1).
 *
 * @throws {@link ApiError} `invalid_request` for what is not encoded as it should be and for what comes twice.
 */
export function readQuery(c: AppContext): FormParameters {
  const { url } = c.req;
  const start = url.indexOf('?');
  return parse(start === -1 ? '' : url.slice(start + 1));
}

/**
 * The same in a body, which takes more than an address does; the query does not count.
 *
 * @throws {@link ApiError} as {@link readQuery}, and `unsupported_media_type`.
 */
export async function readPostedQuery(c: AppContext): Promise<FormParameters> {
  const contentType = c.req.header('Content-Type');
  const bytes = await readBytes(c);
  const isForm = contentType === undefined ? bytes.length === 0 : CLIENT_FORM.test(contentType);
  if (isForm) return parse(Buffer.from(bytes).toString('latin1'));
  throw new ApiError('unsupported_media_type', { detail: 'Send application/x-www-form-urlencoded, in UTF-8' });
}

function parse(text: string): FormParameters {
  const parsing = parseForm(text);
  if (parsing.kind === 'parsed') return parsing.parameters;
  throw new ApiError('invalid_request', {
    detail: 'A parameter is there more than once, or not encoded as it should be.',
  });
}
