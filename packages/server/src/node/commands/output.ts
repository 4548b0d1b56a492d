import { printable } from '../printable.ts';

/** How a command prints what it has done. */
export interface Output {
  readonly json: boolean;
}

/** As the command line has it. */
export interface JsonOption {
  readonly json?: true;
}

export function toOutput({ json }: JsonOption): Output {
  return { json: json === true };
}

/** Prints a line, or several, in such a way that a terminal obeys none of it. */
export function write(text: string): void {
  process.stdout.write(`${printable(text)}\n`);
}

/** Waits for a pipe that is full: there may be more of it than fits into the memory. */
export async function writeSlowly(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(printable(text), (error) => (error ? reject(error) : resolve()));
  });
}
