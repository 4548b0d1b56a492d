import {
  branchKey,
  type AccessTokenClaims,
  type FormerToken,
  type RevocationKind,
  type WireRevocation,
} from '@latchkey/protocol';
import { compactId, expandId } from './compact-id.ts';

/** What of an event decides about tokens. */
export type Revocation = Pick<WireRevocation, 'kind' | 'key' | 'min_version' | 'drop_after'>;

/** What of a token decides whether it is revoked. */
export type RevocableClaims = Pick<AccessTokenClaims, 'sub' | 'client_id' | 'jti' | 'sid' | 'sv' | 'cv' | 'br' | 'via'>;

interface VersionBound {
  readonly minVersion: number;
  readonly dropAfterSeconds: number;
}

/** Both in one number, a third of the memory, where the version is not out of the ordinary. */
type KeptBound = number | VersionBound;

type SimpleKind = Exclude<RevocationKind, 'subject' | 'client'>;

/** Times are kept in seconds since this one: V8 stores such integers (below 2^31) in place, until the year 2091. */
const BASE_SECONDS = 1_700_000_000;
const MAX_SECONDS = 2 ** 30 - 1;

/** Of a kept bound: below it are the seconds, above it the version. All stay below 2^53. */
const VERSION_UNIT = MAX_SECONDS + 1;
const MAX_KEPT_VERSION = 2 ** 22;

/** Of the ids that are usual for a kind. */
const ID_PREFIXES: Partial<Record<RevocationKind, string>> = {
  session: 'ses_',
  branch: 'ses_',
  subject: 'usr_',
  client: 'cli_',
};

/** Kept this much longer than needed, should the issuer's clock be set back a little. */
const GRACE_MS = 60_000;

/** At least so many entries, and this part of all, are looked at in one sweep. */
const SWEEP_ENTRIES = 256;
const SWEEP_PART = 1 / 32;

/**
 * The revocations that may still matter to a token, by kind and key. They are only ever added, until the time of the last
 * token that they match is over: what was revoked stays revoked, whatever a server that was put back to a
 * backup says. Some 70 to 100 bytes an event.
 */
export class LiveRevocations {
  readonly #simple: Readonly<Record<SimpleKind, Map<string, number>>> = {
    session: new Map(),
    branch: new Map(),
    token: new Map(),
    key: new Map(),
  };
  readonly #bounds: Readonly<Record<'subject' | 'client', Map<string, KeptBound>>> = {
    subject: new Map(),
    client: new Map(),
  };
  #changes = 0;
  #overSeconds = 0;
  #walk: Generator<undefined, void> | undefined;

  /** Raised by every change that could make another token refused. Who was checked at this count needs no new check. */
  get changes(): number {
    return this.#changes;
  }

  get size(): number {
    let size = 0;
    for (const map of [...Object.values(this.#simple), ...Object.values(this.#bounds)]) size += map.size;
    return size;
  }

  /** Merges events in any order, once or often: the highest version and the latest time win. Unknown kinds are ignored. */
  add(events: Iterable<Revocation>): void {
    this.#changes += 1;
    for (const { kind, key, min_version: minVersion = 0, drop_after: dropAfterMs } of events) {
      const dropAfterSeconds = toKeptSeconds(dropAfterMs);
      if (kind === 'subject' || kind === 'client')
        addBound(this.#bounds[kind], idOf(kind, key), minVersion, dropAfterSeconds);
      else if (Object.hasOwn(this.#simple, kind)) addLatest(this.#simple[kind], idOf(kind, key), dropAfterSeconds);
    }
  }

  /** Whether this event, or one that says as much, has been added. Not of a kind that is unknown. */
  knows({ kind, key, min_version: minVersion = 0 }: Revocation): boolean {
    if (kind === 'subject' || kind === 'client') {
      const bound = this.#bounds[kind].get(idOf(kind, key));
      return bound !== undefined && toBound(bound).minVersion >= minVersion;
    }
    return Object.hasOwn(this.#simple, kind) && this.#simple[kind].has(idOf(kind, key));
  }

  /** Whether any of the events is about this token. */
  revokes(claims: RevocableClaims, kid: string | undefined): boolean {
    const { session, branch, token, key } = this.#simple;
    const { sid, br } = claims;
    if (key.size > 0 && kid !== undefined && key.has(kid)) return true;
    if (token.size > 0 && token.has(claims.jti)) return true;
    if (sid !== undefined) {
      if (session.size > 0 && session.has(idOf('session', sid))) return true;
      if (br !== undefined && branch.size > 0 && branch.has(idOf('branch', branchKey(sid, br)))) return true;
    }
    const { subject, client } = this.#bounds;
    if (isBelow(subject, 'subject', claims.sub, claims.sv) || isBelow(client, 'client', claims.client_id, claims.cv)) {
      return true;
    }
    return claims.via !== undefined && claims.via.some((former) => this.#revokesFormer(former));
  }

  /** A token that was exchanged for another one is no better than that one. */
  #revokesFormer({ jti, kid, client_id: clientId, cv }: FormerToken): boolean {
    const { token, key } = this.#simple;
    return key.has(kid) || token.has(jti) || isBelow(this.#bounds.client, 'client', clientId, cv);
  }

  /** Whether what is known of a client is older than its newest version that counts. */
  revokesClient(clientId: string, version: number): boolean {
    return isBelow(this.#bounds.client, 'client', clientId, version);
  }

  revokesKey(kid: string): boolean {
    return this.#simple.key.has(kid);
  }

  /**
   * Forgets some of what is over. Each call looks at a part of the entries and goes on from there, so that none takes
   * long; some dozens of them see everything.
   *
   * @param issuerNowMs - A time that it is at the issuer, at least.
   */
  sweep(issuerNowMs: number): void {
    this.#overSeconds = Math.floor((issuerNowMs - GRACE_MS) / 1000) - BASE_SECONDS;
    this.#walk ??= this.#sweepEntries();
    for (let budget = SWEEP_ENTRIES + Math.floor(this.size * SWEEP_PART); budget > 0; budget -= 1) {
      if (this.#walk.next().done !== true) continue;
      this.#walk = undefined;
      return;
    }
  }

  /** One step an entry. A map may be changed while it is walked. */
  *#sweepEntries(): Generator<undefined, void> {
    for (const map of Object.values(this.#simple)) {
      for (const [key, dropAfterSeconds] of map) {
        if (dropAfterSeconds <= this.#overSeconds) map.delete(key);
        yield;
      }
    }
    for (const map of Object.values(this.#bounds)) {
      for (const [key, bound] of map) {
        if (toBound(bound).dropAfterSeconds <= this.#overSeconds) map.delete(key);
        yield;
      }
    }
  }

  /** All of them, to be added to another one. */
  *[Symbol.iterator](): Generator<Revocation> {
    for (const kind of ['session', 'branch', 'token', 'key'] as const) {
      for (const [id, seconds] of this.#simple[kind])
        yield { kind, key: keyOf(kind, id), drop_after: fromKeptSeconds(seconds) };
    }
    for (const kind of ['subject', 'client'] as const) {
      for (const [id, bound] of this.#bounds[kind]) {
        const { minVersion, dropAfterSeconds } = toBound(bound);
        const drop_after = fromKeptSeconds(dropAfterSeconds);
        yield { kind, key: keyOf(kind, id), min_version: minVersion, drop_after };
      }
    }
  }
}

function addLatest(map: Map<string, number>, id: string, dropAfterSeconds: number): void {
  const known = map.get(id);
  if (known === undefined || known < dropAfterSeconds) map.set(id, dropAfterSeconds);
}

function addBound(map: Map<string, KeptBound>, id: string, minVersion: number, dropAfterSeconds: number): void {
  const kept = map.get(id);
  const known = kept === undefined ? { minVersion, dropAfterSeconds } : toBound(kept);
  map.set(
    id,
    toKeptBound({
      minVersion: Math.max(known.minVersion, minVersion),
      dropAfterSeconds: Math.max(known.dropAfterSeconds, dropAfterSeconds),
    }),
  );
}

function toKeptBound(bound: VersionBound): KeptBound {
  const { minVersion, dropAfterSeconds } = bound;
  const fits = minVersion >= 0 && minVersion <= MAX_KEPT_VERSION;
  return fits ? minVersion * VERSION_UNIT + dropAfterSeconds : bound;
}

function toBound(kept: KeptBound): VersionBound {
  if (typeof kept !== 'number') return kept;
  return { minVersion: Math.floor(kept / VERSION_UNIT), dropAfterSeconds: kept % VERSION_UNIT };
}

/** A token without a version is older than every version. */
function isBelow(
  bounds: ReadonlyMap<string, KeptBound>,
  kind: 'subject' | 'client',
  key: string,
  version: number | undefined,
): boolean {
  if (bounds.size === 0) return false;
  const bound = bounds.get(idOf(kind, key));
  return bound !== undefined && !(version !== undefined && version >= toBound(bound).minVersion);
}

/** How a key is kept: a token and a signing key as they are. */
function idOf(kind: RevocationKind, key: string): string {
  const prefix = ID_PREFIXES[kind];
  return prefix === undefined ? key : compactId(key, prefix);
}

function keyOf(kind: RevocationKind, id: string): string {
  const prefix = ID_PREFIXES[kind];
  return prefix === undefined ? id : expandId(id, prefix);
}

/** Rounded up, and as late as can be kept. */
function toKeptSeconds(ms: number): number {
  return Math.max(0, Math.min(Math.ceil(ms / 1000) - BASE_SECONDS, MAX_SECONDS));
}

function fromKeptSeconds(seconds: number): number {
  return (seconds + BASE_SECONDS) * 1000;
}
