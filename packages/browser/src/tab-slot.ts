const KEY = 'latchkey-slot';

/**
 * The number of this tab's account: all that a tab remembers, and no credential. A tab that was duplicated or restored
 * has its own copy of it.
 */
export const tabSlot = {
  get(): number | null {
    const text = storage()?.getItem(KEY) ?? '';
    return /^\d$/.test(text) ? Number(text) : null;
  },
  /** @param slot - 0 to 9; null for the browser's first account. */
  set(slot: number | null): void {
    storage()?.setItem(KEY, `${slot ?? ''}`);
  },
};

/** Not there on a server, and where the browser keeps nothing for this page. */
function storage(): Storage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    return undefined;
  }
}
