export {
  ACCESS_TOKEN_TYPE,
  ACCESS_TOKEN_TYPE_URI,
  FIRST_PARTY_CLIENT_ID,
  type AccessTokenClaims,
  type ActorClaim,
  type FormerToken,
} from './claims.ts';
export {
  CLIENT_KEYS_MAX_AGE_SECONDS,
  CLIENT_TOKEN_MAX_SECONDS,
  CLIENT_TOKEN_TYPE,
  type ClientKeysDocument,
  type ClientTokenClaims,
  type WireClient,
} from './client-keys.ts';
export {
  MAX_SLOTS,
  refreshCookieName,
  refreshOwnerCookieName,
  SLOT_HEADER,
  sessionCookieName,
  tokenCookieName,
} from './cookies.ts';
export { CREDENTIAL_LAYOUT, CREDENTIAL_PREFIXES, CREDENTIAL_VERSION, type CredentialCarrier } from './credential.ts';
export {
  API_ERRORS,
  OAUTH_ERRORS,
  PROBLEM_MEDIA_TYPE,
  type ApiErrorCode,
  type OAuthErrorCode,
  type ProblemDocument,
} from './errors.ts';
export {
  branchKey,
  INTROSPECT_SCOPE,
  REVOCATION_HEARTBEAT_MS,
  REVOCATION_KINDS,
  REVOCATIONS_SCOPE,
  type RevocationKind,
  type RevocationPage,
  type WireRevocation,
} from './revocations.ts';
export { ADMIN_ROUTES, PAGES, ROUTES } from './routes.ts';
