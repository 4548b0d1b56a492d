import type { SlotSession } from 'latchkey/sessions';

const SLOTS = Array.from({ length: 10 }, (_, slot) => slot);

/**
 * Where an account goes in a browser that asked for a new one: to its own slot if it is there already, else to the first
 * that is free. `full`: all ten are taken.
 */
export function chooseSlot(taken: readonly SlotSession[], subject: string | undefined): number | undefined | 'full' {
  const own = taken.find(({ session }) => session.subject === subject);
  if (own !== undefined) return own.slot;
  if (taken.length === 0) return undefined;
  return SLOTS.find((slot) => taken.every((other) => other.slot !== slot)) ?? 'full';
}
