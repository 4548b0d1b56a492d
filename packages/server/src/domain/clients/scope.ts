/** scope-token of RFC 6749 §3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Scopes of a list that is separated by single spaces (RFC 6749 §3.3), each once; undefined for any other text. */
export function parseScope(text: string): readonly string[] | undefined {
  if (text === '') return [];
  const scopes = text.split(' ');
  return scopes.every((scope) => SCOPE_TOKEN.test(scope)) ? [...new Set(scopes)] : undefined;
}
