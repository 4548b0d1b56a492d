import type { RevocationCursor } from '../domain/revocation/cursor.ts';
import { elapsedMs, toWireRevocation, type SharedPage } from './revocation-page.ts';

/** A page as a message of an event stream (HTML §9.2.6), ready but for `elapsed_ms`. */
export interface EventStreamMessage {
  /** The text for a reader whose request arrived at a moment of the monotonic clock. */
  textFor(arrivedAtMs: number): string;
  readonly events: number;
  /** Clients whose readers end with this message, for they must prove again who they are. */
  readonly clients: ReadonlySet<string>;
  /** Behind the last event; undefined where there is none. */
  readonly last: RevocationCursor | undefined;
}

const NO_CLIENTS: ReadonlySet<string> = new Set();

export function eventStreamMessage(page: SharedPage): EventStreamMessage {
  const { members, events } = page;
  const begin = `event: page\nid: ${members.cursor}\ndata: {"elapsed_ms":`;
  const rest = JSON.stringify({ ...members, events: events.map(toWireRevocation) });
  const end = `,${rest.slice(1)}\n\n`;
  const clients = events.filter(({ kind }) => kind === 'client').map(({ key }) => key);
  return {
    textFor: (arrivedAtMs) => begin + String(elapsedMs(page, arrivedAtMs)) + end,
    events: events.length,
    clients: clients.length === 0 ? NO_CLIENTS : new Set(clients),
    last: events.at(-1),
  };
}
