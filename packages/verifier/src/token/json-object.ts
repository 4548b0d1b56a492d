/** A JSON object as it was sent: nothing is known of its members yet. Frozen, all the way down. */
export interface JsonObject {
  readonly [member: string]: unknown;
}

/** Deeper than any honest header, payload or key set, and far from the end of the stack. */
const MAX_DEPTH = 16;

// A byte order mark is kept, so that the parser refuses it.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a JSON object that every parser reads alike (I-JSON, RFC 7493 §2): well-formed UTF-8, no
 * lone surrogates, no member twice in one object. RFC 7519 §4 lets a parser take the last of two
 * members; two parsers that differ in that would see two different tokens in one.
 *
 * Names must be written without escapes. No issuer needs them, and V8 reads some of them as other
 * names after it has parsed a text that anybody may have sent (nodejs/node#63785).
 *
 * @returns The object, deeply frozen, or undefined for anything else. Numbers may be infinite (`1e999`).
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const hasEscapes = text.includes('\\');
  // A member that came twice is in the text twice, and in the object once.
  const members = countMembersInText(text, hasEscapes);
  if (members === undefined || members !== freezeAndCountMembers(value)) return undefined;
  // Only an escape can write half of a surrogate pair; the decoder has seen to the rest.
  if (hasEscapes && !isWellFormed(value)) return undefined;
  // It would become the prototype of whatever the claims are assigned to.
  if (text.includes('"__proto__"') && hasMember(value, '__proto__')) return undefined;
  return value as JsonObject;
}

/**
 * Members of all the objects in a valid JSON text: each has one colon outside of strings. Undefined if
 * the text nests too deep or escapes anything in a name. Strings are skipped at a stroke, because this
 * runs for every token.
 */
function countMembersInText(text: string, hasEscapes: boolean): number | undefined {
  let members = 0;
  let depth = 0;
  let stringStart = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        stringStart = at;
        at = endOfString(text, at);
        break;
      case 0x3a: // :
        members += 1;
        if (hasEscapes && text.slice(stringStart, at).includes('\\')) return undefined;
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        if (depth > MAX_DEPTH) return undefined;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
      default:
    }
  }
  return members;
}

/** Index of the quote that ends the string which the quote at `start` begins. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    // An even number of them escape each other, and not the quote.
    if (backslashes % 2 === 0) return end;
  }
}

/** Members of all the objects within, which are at most `MAX_DEPTH` deep. */
function freezeAndCountMembers(value: object): number {
  const items: readonly unknown[] = Object.values(value);
  let members = Array.isArray(value) ? 0 : items.length;
  for (const item of items) {
    if (typeof item === 'object' && item !== null) members += freezeAndCountMembers(item);
  }
  Object.freeze(value);
  return members;
}

/** No lone surrogate in any string (RFC 7493 §2.1). */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  return typeof value !== 'object' || value === null || Object.values(value).every(isWellFormed);
}

function hasMember(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, name) || Object.values(value).some((item) => hasMember(item, name));
}
