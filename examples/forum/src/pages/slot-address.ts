/** The parameter in the address of a page that says which account of the browser it is for. */
export const SLOT_PARAMETER = 'slot';

/** Paths that belong to no account: nothing there reads a slot. */
const SHARED = /^\/(?:assets|api|health|callback|backchannel-logout)(?:\/|$)/;
const HAS_SLOT = /(?:[?&]|&amp;)slot=/;

/**
 * The address of a page for an account of the browser. One that names a slot keeps it.
 *
 * @param address - A path of this origin is given the slot. What leads elsewhere is left as it is.
 * @param slot - Undefined for the first account, which has none: said in so many words, or the page would pass on its own.
 * @param and - What stands between two parameters: `&amp;` where the address is part of a page.
 */
export function addressInSlot(address: string, slot: number | undefined, and: '&' | '&amp;' = '&'): string {
  const [, path = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(address) ?? [];
  // Browsers take `//` and `/\` for the start of a host's name.
  if (!/^\/(?![/\\])/.test(path) || SHARED.test(path) || HAS_SLOT.test(query)) return address;
  return `${path}${query}${query === '' ? '?' : and}${SLOT_PARAMETER}=${slot ?? ''}${fragment}`;
}

/** Tags that lead somewhere, and in them what says where to. The canonical address, which people share, is nobody's. In text `<` is always escaped, and in values a quote is. */
const TAG = /<(?:a|form|button|link rel="(?:prev|next)")\s[^>]*>/g;
const LEADS = /(\s(?:href|action|formaction|data-live|data-preview)=")([^"]*)/g;

/** A page whose links and forms stay in a slot: without a script there is nothing else that could keep it. */
export function pageInSlot(page: string, slot: number): string {
  const kept = (_: string, before: string, address: string): string => before + addressInSlot(address, slot, '&amp;');
  return page.replace(TAG, (tag) => tag.replace(LEADS, kept));
}
