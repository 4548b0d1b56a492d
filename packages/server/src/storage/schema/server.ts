import type { Generated } from 'kysely';
import type { RevocationKind } from '@latchkey/protocol';
import type { SigningAlgorithm, SigningKeyState } from '../../domain/keys/signing-key.ts';

/** The migrations that were run. The first one's row is locked by whoever changes what belongs to the whole server. */
export interface SchemaMigrationsTable {
  /** Name of the migration. */
  name: string;
  /** When it was run. */
  applied_at: number;
}

/** Keys that sign access tokens: one active, one next, and retired ones as long as a token of theirs may live. */
export interface SigningKeysTable {
  /** Key id: the JWK thumbprint (RFC 7638). */
  kid: string;
  /** `ES256`, `EdDSA` or `RS256`. */
  algorithm: SigningAlgorithm;
  /** `next`, `active` or `retired`. */
  state: SigningKeyState;
  /** Public key as a JWK, in JSON. */
  public_jwk: string;
  /** Private JWK, encrypted under the master secret. */
  private_sealed: Uint8Array;
  /** When it was made. */
  created_at: number;
  /** When it began to sign. */
  activated_at: number | null;
  /** When it ceased to sign. */
  retired_at: number | null;
}

/** What was revoked: the log that verifiers follow. */
export interface RevocationEventsTable {
  /** Place in the log: in the order of commits, without gaps. */
  seq: number;
  /** What was revoked: `session`, `branch`, `subject`, `client`, `token`, `key`. */
  kind: RevocationKind;
  /** Which one: a session's id, a branch of it, a user's or client's id, `jti`, `kid`. */
  key: string;
  /** For a subject and a client: tokens with a lower version are refused. */
  min_version: number | null;
  /** When it was written. */
  committed_at: number;
  /** From when on no token that it matches can be alive: it is removed then. */
  drop_after: number;
  /** Random: tells the event from another one in the same place, after a backup was restored. */
  mark: string;
}

/** The one row that gives out places in the log, and puts writers in order. */
export interface RevocationHeadTable {
  /** Always 1. */
  id: 1;
  /** Names the log: another one begins after a loss of data. */
  epoch: string;
  /** The last place that was given out. */
  seq: number;
  /** The mark of the event in that place. */
  mark: Generated<string>;
}

/** Attempts that were counted against a limit, on PostgreSQL: on SQLite one process counts in memory. */
export interface RateLimitsTable {
  /** Name of the limit, and SHA-256 of what is counted: an account, a network. */
  key: string;
  /** How many. */
  points: number;
  /** When counting begins anew. */
  expire: number | null;
}

/** What happened, for people to read. */
export interface AuditEventsTable {
  /** `aud_` and a UUIDv7. */
  id: string;
  /** When it happened. */
  at: number;
  /** What happened. */
  type: string;
  /** `success` or `failure`. */
  outcome: string;
  /** Who did it: a user's id, `server`, `cli`; null: somebody unknown. */
  actor: string | null;
  /** What it was done to: the id of a user, session, key or mail. */
  target: string | null;
  /** Network address that the request came from. */
  network: string | null;
  /** User agent, as the client claims. */
  user_agent: string | null;
  /** What else there is to know, in JSON. Never a credential. */
  details: string | null;
  /** Place in the chain, given soon after the commit; null until then. */
  chain_seq: Generated<number | null>;
  /** MAC over the event, its place and the MAC before: shows who changed or removed one. */
  chain_mac: Generated<string | null>;
}

/** The one row that says where the chain of audit events begins and ends, and puts who makes it longer in order. */
export interface AuditChainTable {
  /** Always 1. */
  id: 1;
  /** Place of the last event that was removed by age; 0: none was. */
  base_seq: number;
  /** Its MAC. */
  base_mac: string;
  /** MAC over base and end: only the server can move either. */
  base_seal: string | null;
  /** The last place that was given out. */
  seq: number;
  /** The MAC in that place. */
  mac: string;
}
