/** Where a reader of the revocation log stands: behind this event. Opaque outside. */
export interface RevocationCursor {
  /** Place of the event; 0 before the first. */
  readonly seq: number;
  /** The event's mark: another event may stand in the same place after a backup was restored. */
  readonly mark: string;
}

/** Before the first event. Nothing to be told from another, so it has no mark. */
export const START_OF_LOG: RevocationCursor = { seq: 0, mark: '' };

export function formatCursor({ seq, mark }: RevocationCursor): string {
  return `${seq}.${mark}`;
}

/** 15 digits stay below 2^53. Events of before there were marks have an empty one. */
const CURSOR = /^(0|[1-9][0-9]{0,14})\.([A-Za-z0-9_-]{0,32})$/;

/** Undefined for what {@link formatCursor} never gave. */
export function parseCursor(text: string): RevocationCursor | undefined {
  const match = CURSOR.exec(text);
  if (match === null) return undefined;
  return { seq: Number(match[1]), mark: match[2] ?? '' };
}
