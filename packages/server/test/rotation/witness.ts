import { isDeepStrictEqual } from 'node:util';
import type { SessionReading } from '../../src/operations/refresh-session.ts';
import type { SessionRow } from '../../src/storage/schema.ts';
import { outcomeOf, renewalOf, type SessionOnTrial } from './session-on-trial.ts';

/** Fails where something does not hold, saying what, and what was seen instead. */
export function hold(holds: boolean, what: string, seen: unknown): void {
  if (!holds) throw new Error(`${what}; seen: ${JSON.stringify(seen)}`);
}

/** A credential that was presented, and what came of it. */
export interface Presentation {
  readonly by: 'holder' | 'thief';
  readonly generation: number;
  readonly attempt: number;
  /** How far the clock of the node that was asked is from the database's. */
  readonly skewMs: number;
  readonly reading: SessionReading;
}

export interface Policy {
  readonly overlapMs: number;
  /** How long a session may be unused; to within so much, uses are written down. */
  readonly idleMs: number;
  readonly touchMs: number;
  /** How soon each node hears of a revocation. */
  readonly followMs: number;
}

/**
 * Watches a session's row and all that is answered, and remembers in its own words what the rules write: it knows
 * nothing of them but the invariants I1 to I7 of the design.
 */
export class Witness {
  readonly #session: SessionOnTrial;
  readonly #policy: Policy;
  #row: SessionRow;
  /** When the generation, and when the current credential, was made. */
  #generationMadeAt: number;
  #madeAt: number;
  /** The attempt that the current generation came from. */
  #parentAttempt: number | null;
  /** Whether the current credential was served when it was W old. */
  #wasUsedLate = false;
  #servedAt: number;
  #mayBeStolen = false;
  /** When it was revoked. A node's own clock may have written another moment. */
  #endedAt = Number.POSITIVE_INFINITY;
  rotations = 0;
  branches = 0;
  repeats = 0;
  thefts = 0;

  constructor(session: SessionOnTrial, row: SessionRow, policy: Policy) {
    this.#session = session;
    this.#policy = policy;
    this.#row = row;
    this.#generationMadeAt = row.rotated_at;
    this.#madeAt = row.rotated_at;
    this.#parentAttempt = row.previous_attempt;
    this.#servedAt = row.last_used_at;
  }

  get row(): SessionRow {
    return this.#row;
  }

  /** How many events there should be on the feed. */
  get revocations(): number {
    return this.branches + (this.#row.revoked_at === null ? 0 : 1);
  }

  /** The user has ended it, on some node. */
  async endedByUser(now: number): Promise<void> {
    const before = this.#row;
    this.#row = await this.#session.row();
    if (before.revoked_at === null) this.#endedAt = now;
    else hold(isDeepStrictEqual(this.#row, before), 'I6: nothing changes after the end', this.#row);
  }

  /** From here on two hold the session. */
  steal(): void {
    this.#mayBeStolen = true;
  }

  /** Looks at what came of presentations at one moment, in whatever order they were decided. */
  async see(now: number, presentations: readonly Presentation[]): Promise<void> {
    const before = this.#row;
    this.#row = await this.#session.row();
    this.#holdEnd(now, before, presentations);
    this.#holdExpiry(now, before, presentations);
    this.#holdGrowth(now, before);
    this.#holdAnswers(presentations);
    if (!this.#mayBeStolen) this.#holdService(now, before, presentations);
    const [presentation] = presentations;
    if (presentations.length === 1 && presentation !== undefined) this.#holdTheft(now, before, presentation);
    this.#remember(now, before, presentations);
  }

  /** Looks at what the session has left behind, when all is over. */
  async conclude(): Promise<void> {
    const { revoked_at: revokedAt, revoked_reason: reason } = this.#row;
    const branches = (kind: string) => Array.from({ length: this.branches }, () => kind);
    const audit = (await this.#session.audit()).map(({ type }) => type);
    const expectedAudit = [
      ...branches('session.branched'),
      ...(reason === 'theft_found' ? ['session.theft_found'] : []),
      ...(reason === 'ended_by_user' ? ['session.ended'] : []),
    ];
    hold(isDeepStrictEqual(audit.toSorted(), expectedAudit.toSorted()), 'One audit event each', audit);
    const revocations = (await this.#session.revocations()).map((event) => event.split(' ')[0]);
    const expectedRevocations = [...branches('branch'), ...(revokedAt === null ? [] : ['session'])];
    hold(isDeepStrictEqual(revocations, expectedRevocations), 'I6: one event each on the feed', revocations);
    const mails = await this.#session.mails();
    hold(isDeepStrictEqual(mails, this.thefts > 0 ? ['session_stolen'] : []), 'One mail of a theft', mails);
    const rows = await this.#session.count();
    hold(rows === 1, 'One row of the session', rows);
  }

  /** I6: revoked is final. A node may take a moment to hear of it. */
  #holdEnd(now: number, before: SessionRow, presentations: readonly Presentation[]): void {
    if (before.revoked_at === null) return;
    hold(isDeepStrictEqual(this.#row, before), 'I6: nothing changes after the end', this.#row);
    if (now - this.#endedAt < this.#policy.followMs) return;
    for (const { reading } of presentations) {
      hold(reading.kind === 'none', 'I6: nothing is accepted after the end', outcomeOf(reading));
    }
  }

  /** I7: expiry never extends, and nothing is served beyond it. */
  #holdExpiry(now: number, before: SessionRow, presentations: readonly Presentation[]): void {
    const { expires_at: expiresAt, idle_expires_at: idleExpiresAt } = this.#row;
    hold(expiresAt === before.expires_at, 'I7: the absolute end is fixed', expiresAt);
    hold(idleExpiresAt <= expiresAt, 'I7: the idle end comes no later', idleExpiresAt);
    for (const { reading, skewMs } of presentations) {
      const isOver = now + Math.min(skewMs, 0) >= before.expires_at;
      hold(!isOver || reading.kind === 'none', 'I7: nothing is served after the end', outcomeOf(reading));
    }
  }

  /** I4: generations only grow, one at a time, at most once per W; so do attempts. */
  #holdGrowth(now: number, before: SessionRow): void {
    const { overlapMs } = this.#policy;
    const { generation, attempt } = this.#row;
    const seen = { generation, attempt, before: [before.generation, before.attempt], now };
    if (generation !== before.generation) {
      hold(generation === before.generation + 1 && attempt === 0, 'I4: one generation after the other', seen);
      hold(now - this.#generationMadeAt >= overlapMs, 'I4: at most one generation per W', seen);
    } else if (attempt !== before.attempt) {
      hold(attempt === before.attempt + 1, 'I4: one attempt after the other', seen);
      hold(now - this.#madeAt >= overlapMs, 'I4: at most one attempt per W', seen);
    }
  }

  /** Whoever is given a credential is given the one that the row has now, byte for byte. */
  #holdAnswers(presentations: readonly Presentation[]): void {
    const { generation, attempt } = this.#row;
    const current = this.#session.credential(generation, attempt);
    for (const { reading } of presentations) {
      const renewal = renewalOf(reading);
      hold(renewal === undefined || renewal === current, 'The credential that is given is the current one', renewal);
    }
  }

  /** I1 and I2: honest actors are served until the session comes to its end. */
  #holdService(now: number, before: SessionRow, presentations: readonly Presentation[]): void {
    if (before.revoked_at !== null) return;
    hold(this.#row.revoked_at === null, 'I1: no honest trace revokes', presentations);
    for (const { reading, skewMs } of presentations) {
      const latest = now + Math.max(skewMs, 0);
      const isIdle = latest >= this.#servedAt + this.#policy.idleMs - this.#policy.touchMs;
      const mayBeOver = isIdle || latest >= before.expires_at;
      const outcome = outcomeOf(reading);
      const isServed = outcome.startsWith('live') || (mayBeOver && outcome === 'expired');
      hold(isServed, 'I2: an honest holder is served', outcome);
    }
  }

  /** I3: void, older than the one before, or the one before although its child was in use late enough. */
  #holdTheft(now: number, before: SessionRow, { generation, attempt, reading }: Presentation): void {
    if (before.revoked_at !== null || outcomeOf(reading) === 'expired') return;
    const isVoid = generation === before.generation && attempt < before.attempt;
    const isBefore = generation === before.generation - 1 && attempt === this.#parentAttempt;
    const isOlder = generation < before.generation && !isBefore;
    const isDoneWith = isBefore && this.#wasUsedLate && now - this.#madeAt >= this.#policy.overlapMs;
    if (!isVoid && !isOlder && !isDoneWith) return;
    const isFound = outcomeOf(reading) === 'theft' && this.#row.revoked_reason === 'theft_found';
    hold(isFound, 'I3: what is void or old revokes', { generation, attempt, outcome: outcomeOf(reading) });
  }

  #remember(now: number, before: SessionRow, presentations: readonly Presentation[]): void {
    const { generation, attempt } = this.#row;
    const outcomes = presentations.map(({ reading }) => outcomeOf(reading));
    if (before.revoked_at === null && this.#row.revoked_at !== null) this.#endedAt = now;
    this.thefts += outcomes.filter((outcome) => outcome === 'theft').length;
    hold(this.thefts <= 1, 'A theft is found once', this.thefts);
    const isNew = generation !== before.generation || attempt !== before.attempt;
    if (generation !== before.generation) {
      this.rotations += 1;
      this.#generationMadeAt = now;
      this.#parentAttempt = before.attempt;
    } else if (isNew) this.branches += 1;
    if (isNew) {
      this.#madeAt = now;
      this.#wasUsedLate = false;
    }
    const renewed = outcomes.filter((outcome) => outcome === 'live + renewal').length;
    this.repeats += isNew ? Math.max(renewed - 1, 0) : renewed;
    for (const { reading, skewMs, ...presented } of presentations) {
      if (reading.kind === 'none') continue;
      this.#servedAt = now;
      const isCurrent = presented.generation === before.generation && presented.attempt === before.attempt;
      const age = now + Math.min(skewMs, 0) - this.#madeAt;
      if (isCurrent && !isNew && age >= this.#policy.overlapMs) this.#wasUsedLate = true;
    }
  }
}
