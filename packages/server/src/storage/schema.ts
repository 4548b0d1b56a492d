import type { Selectable } from 'kysely';
import type {
  MailOutboxTable,
  OneTimeTokensTable,
  PasswordCredentialsTable,
  RegistrationsTable,
  SessionsTable,
  UsersTable,
} from './schema/accounts.ts';
import type {
  AuthorizationCodesTable,
  AuthorizationsTable,
  ClientKeysTable,
  ClientSecretsTable,
  ClientsTable,
  ConsentsTable,
  LogoutNoticesTable,
  PushedRequestsTable,
  SignedInClientsTable,
  UsedTokenIdsTable,
} from './schema/clients.ts';
import type {
  AuditChainTable,
  AuditEventsTable,
  RateLimitsTable,
  RevocationEventsTable,
  RevocationHeadTable,
  SchemaMigrationsTable,
  SigningKeysTable,
} from './schema/server.ts';

/** All tables, each described in the folder beside. */
export interface Schema {
  schema_migrations: SchemaMigrationsTable;
  users: UsersTable;
  registrations: RegistrationsTable;
  password_credentials: PasswordCredentialsTable;
  sessions: SessionsTable;
  one_time_tokens: OneTimeTokensTable;
  signing_keys: SigningKeysTable;
  revocation_events: RevocationEventsTable;
  revocation_head: RevocationHeadTable;
  clients: ClientsTable;
  client_secrets: ClientSecretsTable;
  client_keys: ClientKeysTable;
  used_token_ids: UsedTokenIdsTable;
  pushed_requests: PushedRequestsTable;
  consents: ConsentsTable;
  authorization_codes: AuthorizationCodesTable;
  authorizations: AuthorizationsTable;
  signed_in_clients: SignedInClientsTable;
  logout_notices: LogoutNoticesTable;
  rate_limits: RateLimitsTable;
  audit_events: AuditEventsTable;
  audit_chain: AuditChainTable;
  mail_outbox: MailOutboxTable;
}

export type UserRow = Selectable<UsersTable>;
export type RegistrationRow = Selectable<RegistrationsTable>;
export type SessionRow = Selectable<SessionsTable>;
export type ClientRow = Selectable<ClientsTable>;
export type AuthorizationCodeRow = Selectable<AuthorizationCodesTable>;
export type AuditEventRow = Selectable<AuditEventsTable>;
export type SigningKeyRow = Selectable<SigningKeysTable>;
