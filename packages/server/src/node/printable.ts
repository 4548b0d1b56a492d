/** What a terminal obeys instead of showing it (ECMA-48), or shows at another place; not the end of a line. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text that a terminal only shows: a server elsewhere may have put anything into its answer. As JSON escapes such
 * characters (RFC 8259 §7), so JSON says the same as before.
 */
export function printable(text: string): string {
  return text.replace(OBEYED, (character) => character.split('').map(escapeUnit).join(''));
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
