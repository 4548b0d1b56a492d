import type { Client } from '../clients/client.ts';

/** An address of this very machine by its number, with or without a port, and the rest of the URI. */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?((?:[/?].*)?)$/;
const MAX_PORT = 65_535;

/**
 * Whether a browser may be sent to this address for the client. Compared as text (RFC 9700 §4.1.3): what is spelled
 * otherwise is another address. Only the port may be another one, for a public client on the machine of its user, who
 * cannot know which one is free (RFC 8252 §7.3).
 */
export function isRegisteredRedirectUri(client: Pick<Client, 'redirectUris' | 'authMethod'>, uri: string): boolean {
  if (client.redirectUris.includes(uri)) return true;
  if (client.authMethod !== 'none') return false;
  const presented = LOOPBACK.exec(uri);
  if (presented === null || !isPort(presented[2])) return false;
  return client.redirectUris.some((registered) => {
    const known = LOOPBACK.exec(registered);
    return known !== null && known[1] === presented[1] && known[3] === presented[3];
  });
}

/** The redirect URI with an answer in its query, which stays as it was registered (RFC 6749 §4.1.2). */
export function withAnswer(redirectUri: string, answer: Readonly<Record<string, string | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(answer)) if (value !== undefined) parameters.set(name, value);
  const separator = redirectUri.includes('?') ? '&' : '?';
  return `${redirectUri}${separator}${parameters}`;
}

/** A name of this machine, which any program on it can listen at. */
export function isOnLoopback(uri: string): boolean {
  return uri.startsWith('http://');
}

function isPort(text: string | undefined): boolean {
  return text === undefined || (Number(text) > 0 && Number(text) <= MAX_PORT);
}
