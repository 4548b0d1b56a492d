/** What a host is, by its name. */

/** Registries below a country that are not one name alone: enough for a hint, not the Public Suffix List. */
const SECOND_LEVEL = /^(?:ac|co|com|edu|gob|gov|net|ne|or|org)$/;

export function hostOf(address: string): string {
  return URL.parse(address)?.hostname ?? '';
}

export function originOf(address: string): string {
  return URL.parse(address)?.origin ?? '';
}

/** The name that one owner has registered, so far as its look tells. */
export function siteOf(host: string): string {
  const name = host.replace(/^\./, '').toLowerCase();
  if (/^[\d.]+$/.test(name) || name.startsWith('[')) return name;
  const labels = name.split('.');
  const hasCountry = labels.length > 2 && labels.at(-1)?.length === 2 && SECOND_LEVEL.test(labels.at(-2) ?? '');
  return labels.slice(hasCountry ? -3 : -2).join('.');
}

export const isSameSite = (one: string, other: string): boolean => siteOf(hostOf(one)) === siteOf(hostOf(other));

/** This machine: what is said about transport there means nothing. */
export function isLoopback(host: string): boolean {
  return /^(?:.+\.)?localhost$|^127(?:\.\d{1,3}){3}$|^\[::1\]$/.test(host);
}
