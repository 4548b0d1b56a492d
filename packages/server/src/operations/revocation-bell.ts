/** Told when this node appends to the revocation log: shortly before the commit, and also if there is none. */
export class RevocationBell {
  #listener: () => void = () => {};

  /** Replaces who listens. */
  listen(listener: () => void): void {
    this.#listener = listener;
  }

  ring(): void {
    this.#listener();
  }
}
