import { PAGES, ROUTES } from '@latchkey/protocol';
import { FORM_ACTIONS } from './form-actions.ts';

/** The parameter in the address of a page that says which account of the browser it is for. */
export const SLOT_PARAMETER = 'slot';

const PATHS: ReadonlySet<string> = new Set([...Object.values(PAGES), ...Object.values(FORM_ACTIONS), ROUTES.authorize]);

/** Whether this is the path of a page, or of one of its forms: what belongs to an account of the browser. */
export function isPagePath(path: string): boolean {
  return PATHS.has(path) || path.startsWith(`${PAGES.account}/`);
}

/**
 * The address of a page for an account of the browser. One that names a slot keeps it.
 *
 * @param path - On this origin, with a query or without. What is no page of ours is left as it is.
 * @param slot - Undefined for the account without a slot: said in so many words, or the page would pass on its own.
 * @param and - What stands between two parameters: `&amp;` where the address is text of a page already.
 */
export function addressInSlot(path: string, slot: number | undefined, and: '&' | '&amp;' = '&'): string {
  const [, address = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(path) ?? [];
  if (!isPagePath(address) || HAS_SLOT.test(query)) return path;
  return `${address}${query}${query === '' ? '?' : and}${SLOT_PARAMETER}=${slot ?? ''}${fragment}`;
}

const HAS_SLOT = /(?:[?&]|&amp;)slot=/;

/** Where a page leads on this origin: its links, its forms, and where it goes by itself. */
const LEADS = /(\s(?:href="|action="|content="0; url=))(\/[^"]*)/g;

/**
 * A page whose links and forms stay in a slot. What people typed cannot be mistaken for a link: in a page there is no quote
 * that is not our own.
 */
export function pageInSlot(page: string, slot: number): string {
  return page.replace(LEADS, (_, before: string, path: string) => before + addressInSlot(path, slot, '&amp;'));
}
