const ID_LENGTH = 36;
const COMPACT_LENGTH = 16;
const HEX_DIGITS = /^[0-9a-f]{32}$/;
/** No compact id begins with a character beyond U+00FF, so no other key can be taken for one. */
const AS_IT_IS = '\u0100';

/**
 * An id of Latchkey's (a prefix of four characters, and 16 bytes in hexadecimal) in 16 characters instead of 36: 32 bytes in
 * memory instead of 56. What comes behind the id stays, such as the branch of a session. Other keys stay as they are, with a
 * mark. Different keys stay different. A compact id is a text of its own, which keeps no longer text alive.
 */
export function compactId(key: string, prefix: string): string {
  if (!key.startsWith(prefix) || !HEX_DIGITS.test(key.slice(prefix.length, ID_LENGTH))) return AS_IT_IS + key;
  const codes: number[] = [];
  for (let at = prefix.length; at < ID_LENGTH; at += 2) codes.push((digit(key, at) << 4) | digit(key, at + 1));
  for (let at = ID_LENGTH; at < key.length; at += 1) codes.push(key.charCodeAt(at));
  return String.fromCharCode(...codes);
}

/** The key that was made compact, with the same prefix. */
export function expandId(id: string, prefix: string): string {
  if (id.startsWith(AS_IT_IS)) return id.slice(1);
  let key = prefix;
  for (let at = 0; at < COMPACT_LENGTH; at += 1) key += id.charCodeAt(at).toString(16).padStart(2, '0');
  return key + id.slice(COMPACT_LENGTH);
}

/** Of `0` to `9` and `a` to `f`. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
