/** Undefined for a text that is no JSON. The parser's own errors quote their input. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
