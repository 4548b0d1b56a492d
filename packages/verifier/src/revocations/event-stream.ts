/** One message of a stream of server-sent events. */
export interface StreamMessage {
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
}

/**
 * Reads server-sent events (HTML §9.2.6) from bytes in pieces of any size. The id is left out: a page has its own cursor.
 * So is `retry`: when to connect again is not the server's to say.
 */
export class EventStreamParser {
  readonly #maxLength: number;
  // It drops a byte order mark at the very beginning, as HTML §9.2.6 asks.
  readonly #decoder = new TextDecoder();
  #line = '';
  /** A CR ended the last piece: an LF at the beginning of the next is its other half. */
  #endedInCr = false;
  #event = '';
  #data: string[] = [];
  #dataLength = 0;

  /** @param maxLength - Of a line and of a message, in characters. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /**
   * @returns The messages that these bytes have completed.
   * @throws {RangeError} for a line or a message that is too long.
   */
  push(bytes: Uint8Array): StreamMessage[] {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text === '') return [];
    if (this.#endedInCr && text.startsWith('\n')) text = text.slice(1);
    this.#endedInCr = text.endsWith('\r');

    const messages: StreamMessage[] = [];
    const lines = text.split(/\r\n|\r|\n/);
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = this.#takeLine(this.#line + line);
      this.#line = '';
      if (message !== undefined) messages.push(message);
    }
    this.#line += rest;
    this.#checkLength(this.#line.length);
    return messages;
  }

  #takeLine(line: string): StreamMessage | undefined {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line.startsWith(' ', colon + 1) ? colon + 2 : colon + 1);
    // A line that begins with a colon is a comment: its name is empty.
    if (name === 'event') this.#event = value;
    if (name === 'data') {
      this.#dataLength += value.length + 1;
      this.#checkLength(this.#dataLength);
      this.#data.push(value);
    }
    return undefined;
  }

  #dispatch(): StreamMessage | undefined {
    const event = this.#event === '' ? 'message' : this.#event;
    const message = this.#data.length === 0 ? undefined : { event, data: this.#data.join('\n') };
    this.#event = '';
    this.#data = [];
    this.#dataLength = 0;
    return message;
  }

  #checkLength(length: number): void {
    if (length > this.#maxLength) throw new RangeError(`A message is longer than ${this.#maxLength} characters`);
  }
}
