/** The words of a list that spaces separate, as scopes are written (RFC 6749 §3.3); none of an empty text. */
export function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ');
}
