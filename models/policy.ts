/** A credential: a number that its policy can read. Two are the same credential if they are the same number. */
export type Credential = number;

/** The invariants of the design, and MAC: a forged credential never changes anything. */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'MAC';

export type Party = 'victim' | 'thief';

export interface Outcome<Row> {
  /** `expired` is the end that was foreseen; `refused` is any other no that leaves the session alive. */
  readonly verdict: 'served' | 'refused' | 'revoked' | 'expired';
  /** The same object if nothing was written. */
  readonly row: Row;
  /** What the answer carries; undefined if it carries no credential. */
  readonly answer?: Credential;
  /** Whether a credential was made that did not exist before. */
  readonly renewed: boolean;
  /** What the server did: the end of a sentence that begins with it. */
  readonly words: string;
  /** The invariant that this very step breaks. */
  readonly broken?: Invariant;
}

export interface Lawlessness {
  readonly invariant: Invariant;
  /** What could be done here: a clause of its own. */
  readonly words: string;
}

/**
 * A server's rules for one session. Pure: `now` counts ticks, and a row is never changed in place.
 *
 * The two keys make the exploration finite. They say all that can still matter, and nothing else: situations with
 * the same keys behave alike for ever, whatever their generation numbers and their clocks say.
 */
export interface Policy<Row> {
  start(now: number): { readonly row: Row; readonly credential: Credential };
  /** @param canRenew - Whether the answer can carry a credential: that to a page that is being rendered cannot. */
  use(row: Row, credential: Credential, now: number, by: Party, canRenew: boolean): Outcome<Row>;
  /** What must hold in a situation, whoever acts next. */
  inspect?(row: Row, now: number): Lawlessness | undefined;
  /** The row relative to now, without what the keys of credentials say. */
  rowKey(row: Row, now: number): string;
  /** How the row sees a credential: all of one key are treated alike for ever. */
  credentialKey(row: Row, credential: Credential, now: number): string;
  /** Whether two credentials of one key can be different ones, so that it matters who holds the same one. */
  readonly hasSiblings?: boolean;
  nameOf(credential: Credential): string;
}

/** The key of a credential that will never be accepted again. */
export const WORTHLESS = 'x';
