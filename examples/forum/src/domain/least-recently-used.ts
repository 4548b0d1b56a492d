/** Keeps what `make` made of the last texts, by the text itself: there is nothing to forget when a post is edited. */
export function remembered<T extends string>(
  make: (text: string) => T,
  maximumCharacters: number,
): (text: string) => T {
  // A Map walks its keys in the order in which they came: the first is the one that was not asked for longest.
  const kept = new Map<string, T>();
  let characters = 0;
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) {
      kept.delete(text);
      kept.set(text, known);
      return known;
    }
    const made = make(text);
    kept.set(text, made);
    characters += text.length + made.length;
    for (const [oldest, value] of kept) {
      if (characters <= maximumCharacters) break;
      kept.delete(oldest);
      characters -= oldest.length + value.length;
    }
    return made;
  };
}
