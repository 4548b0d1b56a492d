import { parseForm, type FormParameters } from '../domain/clients/form-encoding.ts';
import { ApiError } from './api-error.ts';
import type { AppContext } from './environment.ts';

/**
 * The parameters of a client's request that a browser brings, each once (RFC 6749 §3.1).
 *
 * @throws {@link ApiError} `invalid_request` for what is not encoded as it should be and for what comes twice.
 */
export function readQuery(c: AppContext): FormParameters {
  const { url } = c.req;
  const start = url.indexOf('?');
  const parsing = parseForm(start === -1 ? '' : url.slice(start + 1));
  if (parsing.kind === 'parsed') return parsing.parameters;
  throw new ApiError('invalid_request', {
    detail: 'A parameter is there more than once, or not encoded as it should be.',
  });
}
