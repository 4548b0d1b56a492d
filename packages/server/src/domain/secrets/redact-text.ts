/**
 * A credential of ours, a JWT, or the password in a URL (greedy: there may be an `@` in the password itself). A JWT
 * may have lost its end: to insist on its dots would take quadratic time, and anybody chooses the path of a request.
 */
const CREDENTIAL =
  /lk[srocd]_[A-Za-z0-9_-]{8,}|eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}|(?<=:\/\/[^\s/:@]*:)[^\s/]+(?=@)/g;

/** Text that may be logged: what looks like a credential in it is replaced. */
export function redactText(text: string): string {
  return text.replace(CREDENTIAL, '[secret]');
}
