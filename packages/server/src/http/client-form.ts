import { parseForm, type FormParameters } from '../domain/clients/form-encoding.ts';
import type { AppContext } from './environment.ts';
import { OAuthError } from './oauth-error.ts';
import { readBytes } from './request-body.ts';

/** The one content type of clients' forms, with the one character set. */
export const CLIENT_FORM = /^application\/x-www-form-urlencoded *(?:; *charset="?utf-8"?)?$/i;

/**
 * The parameters of a client's request (RFC 6749 §3.2), each once.
 *
 * @throws {@link OAuthError} `invalid_request` for another content type or character set, for what is not encoded as
 * it should be and for what comes twice.
 */
export async function readClientForm(c: AppContext): Promise<FormParameters> {
  if (!CLIENT_FORM.test(c.req.header('Content-Type') ?? '')) {
    throw new OAuthError('invalid_request', 'Send application/x-www-form-urlencoded, in UTF-8');
  }
  // Each byte a character: what is not ASCII was not encoded, and is refused with the rest that was not.
  const parsing = parseForm(Buffer.from(await readBytes(c)).toString('latin1'));
  switch (parsing.kind) {
    case 'parsed':
      return parsing.parameters;
    case 'malformed':
      throw new OAuthError('invalid_request', 'The body is not encoded as a form');
    case 'repeated':
      throw new OAuthError('invalid_request', 'A parameter is there more than once');
  }
}

/** The value of a parameter that must be there. */
export function requireParameter(form: FormParameters, name: string): string {
  const value = form.get(name)?.[0];
  if (value === undefined) throw new OAuthError('invalid_request', `${name} is missing`);
  return value;
}
