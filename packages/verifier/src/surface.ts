/** What every entry of this package exports, whichever platform it is for. */
export type { AccessTokenClaims, ClientTokenClaims } from '@latchkey/protocol';
export type { Verifier, VerifyOptions } from './create-verifier.ts';
export type { DpopOptions } from './dpop-options.ts';
export type { PresentedProof } from './dpop/presented-proof.ts';
export type { ReplayStore } from './dpop/replay-store.ts';
export { VerifierError, type VerifierErrorCode, type VerifierErrorStatus } from './errors.ts';
export type { SignatureAlgorithm } from './keys/algorithms.ts';
export type { FetchLike } from './keys/fetch-key-set.ts';
export { protectedResource, type ProtectedResource, type ResourceDescription } from './metadata/protected-resource.ts';
export type { VerifierOptions } from './options.ts';
export type { RevocationOptions } from './revocation-options.ts';
export { FeedError, type FeedErrorKind } from './revocations/feed-error.ts';
export type { RevocationPolicy, VerifierStatus, WhenStale } from './revocations/revocation-check.ts';
export type { RevokedEvent, RevokedListener } from './revocations/revoked-listeners.ts';
export type { SnapshotStore } from './revocations/saved-revocations.ts';
export {
  requireScope,
  type VerifiedAccessToken,
  type VerifiedClaims,
  type VerifiedClient,
  type VerifiedClientClaims,
  type VerifiedToken,
} from './verified-token.ts';
