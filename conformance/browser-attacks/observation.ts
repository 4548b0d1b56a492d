/** What an attacker ended up with. From worst to best for the user, more or less. */
export const outcomes = [
  /** Something that works anywhere, until it expires or is revoked. */
  'credential',
  /** The same; but using it ended the session, for thief and victim, and told the user. */
  'credential, found out',
  /** Nothing to take away, but all that the user can do, while the page is open. */
  'use in place',
  /** The user's browser, or a copied proof, made one request that the attacker chose. */
  'one request',
  /** The user works in the attacker's account without knowing. */
  'swapped account',
  /** What the page had shown, to whoever uses the machine next. */
  'private page',
  'nothing',
] as const;

export type Outcome = (typeof outcomes)[number];

export interface Observation {
  readonly obtained: Outcome;
  /** How that was seen. No secrets: it is printed and committed. */
  readonly evidence: string;
}

export const obtained = (outcome: Outcome, evidence: string): Observation => ({ obtained: outcome, evidence });
