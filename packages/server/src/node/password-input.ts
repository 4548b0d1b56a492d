import { text } from 'node:stream/consumers';
import { CommandError } from './command-error.ts';

/** Longer than any password that is allowed. */
const MAX_INPUT_CHARACTERS = 8192;

/**
 * Reads a password from standard input: an argument or a variable could be seen by other programs of this machine. One
 * line break at its end is none of it, because `echo` and editors put it there.
 *
 * @throws {@link CommandError} where nobody sends anything, or it has several lines.
 */
export async function readPasswordLine(input: NodeJS.ReadStream): Promise<string> {
  if (input.isTTY) {
    throw new CommandError(
      'The password is read from standard input, which is a terminal here: it would be shown.',
      'Send it from a file or a password manager: latchkey users add EMAIL < FILE',
    );
  }
  const password = (await text(input)).replace(/\r?\n$/, '');
  if (password === '' || password.length > MAX_INPUT_CHARACTERS || /[\r\n]/.test(password)) {
    throw new CommandError(
      'There is no password on standard input, or more than one line.',
      'Send the password alone: printf %s "$PASSWORD" | latchkey users add EMAIL',
    );
  }
  return password;
}
