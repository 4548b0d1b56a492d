/** A credential of ours, a JWT, or the password in a URL (greedy: there may be an `@` in the password itself). */
const CREDENTIAL =
  /lk[sro]_[A-Za-z0-9_-]{8,}|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*|(?<=:\/\/[^\s/:@]*:)[^\s/]+(?=@)/g;

/** Text that may be logged: what looks like a credential in it is replaced. */
export function redactText(text: string): string {
  return text.replace(CREDENTIAL, '[secret]');
}
