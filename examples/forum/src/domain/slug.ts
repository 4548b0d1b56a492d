/** A title as part of an address: for people to read; the id beside it decides. */
export function slugOf(title: string): string {
  const words = title
    .normalize('NFKD')
    .replace(/\p{Mark}+/gu, '')
    // Syllables of Korean are taken apart, too, and belong together.
    .normalize('NFC')
    .toLowerCase()
    .match(/[\p{Letter}\p{Number}]+/gu);
  let slug = '';
  for (const word of words ?? []) {
    if (slug.length + word.length > 70) break;
    slug += slug === '' ? word : `-${word}`;
  }
  return slug === '' ? 'question' : slug;
}
