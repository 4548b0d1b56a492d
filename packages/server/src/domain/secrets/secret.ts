/**
 * Text that must not be printed: a log, a template or an error shows `[secret]` in its place.
 * `Kind` keeps one secret from being passed for another.
 */
export class Secret<Kind extends string> {
  readonly #text: string;
  declare readonly kind: Kind;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Every call is a place to look at in a review. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
