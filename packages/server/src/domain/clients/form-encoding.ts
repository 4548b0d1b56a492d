/** Characters that no parameter of OAuth may have (RFC 6749 Appendix A): controls, and so NUL. */
// oxlint-disable-next-line no-control-regex -- these are the characters to refuse
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * One name or value of `application/x-www-form-urlencoded` (RFC 6749 Appendix B). Undefined for a percent sign
 * without two digits, for bytes that are not UTF-8 and for control characters: what is passed over in silence here,
 * another reader may understand otherwise.
 */
export function formDecode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '));
    return CONTROL.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

export type FormParsing =
  | { readonly kind: 'parsed'; readonly parameters: FormParameters }
  | { readonly kind: 'malformed' }
  /** RFC 6749 §3.2: no parameter more than once. */
  | { readonly kind: 'repeated'; readonly name: string };

/** Each parameter with its values: one, besides for those that may be repeated. */
export type FormParameters = ReadonlyMap<string, readonly string[]>;

/** RFC 8707 §2 and RFC 8693 §2.1 let a client name several resource servers. */
const REPEATABLE: ReadonlySet<string> = new Set(['resource', 'audience']);

/** Reads a request's body. A parameter without a value counts as left out (RFC 6749 §3.2). */
export function parseForm(body: string): FormParsing {
  const parameters = new Map<string, string[]>();
  const seen = new Set<string>();
  for (const pair of body.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = formDecode(equals === -1 ? pair : pair.slice(0, equals));
    const value = formDecode(equals === -1 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined) return { kind: 'malformed' };
    // Also without a value: two readers must not disagree on which one counts.
    if (seen.has(name) && !REPEATABLE.has(name)) return { kind: 'repeated', name };
    seen.add(name);
    if (value === '') continue;
    // Not copied: a body may name thousands.
    const values = parameters.get(name);
    if (values === undefined) parameters.set(name, [value]);
    else values.push(value);
  }
  return { kind: 'parsed', parameters };
}
