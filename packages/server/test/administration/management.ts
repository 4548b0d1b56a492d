/** The management API, as those who may use it do, and those who may not. */
import { ADMIN_ROUTES, ROUTES } from '@latchkey/protocol';
import type { UserId } from '../../src/domain/ids.ts';
import { changeRole } from '../../src/operations/change-role.ts';
import { addTestClient, clientForm, type TestClient } from '../support/clients.ts';
import type { RequestOptions, TestBrowser, TestServer } from '../support/test-server.ts';

/** A client that gets tokens for the server itself, and what it sends with one. */
export interface Manager {
  readonly client: TestClient;
  readonly token: string;
}

/** A client with these scopes, and a token of it. */
export async function aManager(server: TestServer, scope = 'admin'): Promise<Manager> {
  const client = await addTestClient(server.operations, { grants: ['client_credentials'], scope });
  return { client, token: await tokenOf(server, client, scope) };
}

export async function tokenOf(server: TestServer, client: TestClient, scope: string): Promise<string> {
  const fields = { grant_type: 'client_credentials', scope };
  const response = await server.request(ROUTES.token, clientForm(client, fields));
  return accessTokenIn(response);
}

async function accessTokenIn(response: Response): Promise<string> {
  const { access_token: token } = (await response.json()) as { readonly access_token?: string };
  if (token === undefined) throw new Error('No token was given');
  return token;
}

export interface SignedInAdministrator {
  readonly browser: TestBrowser;
  readonly id: UserId;
}

/** An administrator in a browser. */
export async function anAdministrator(server: TestServer, email: string): Promise<SignedInAdministrator> {
  const browser = await server.signedIn(email);
  const id = (await browser.session())!.user.id as UserId;
  await changeRole(server.operations, { id, role: 'administrator' }, 'test');
  return { browser, id };
}

export async function browserToken(
  { browser }: Pick<SignedInAdministrator, 'browser'>,
  json: { readonly scope?: string; readonly audience?: string } = { scope: 'admin' },
): Promise<string> {
  return accessTokenIn(await browser.request(ROUTES.sessionToken, { json }));
}

/** A request with the token, as Bearer. */
export async function manage(
  server: TestServer,
  token: string,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  return server.request(path, { ...options, headers: { Authorization: `Bearer ${token}`, ...options.headers } });
}

const NOBODY = `usr_${'0'.repeat(32)}`;
const NO_SESSION = `ses_${'0'.repeat(32)}`;
const NO_CLIENT = `cli_${'0'.repeat(32)}`;
const NO_KEY = 'A'.repeat(43);

interface Endpoint {
  readonly method: string;
  readonly path: string;
  /** The least scope. */
  readonly scope: string;
  /** Of whoever has that scope. */
  readonly status: number;
  readonly json?: object;
}

/** Every endpoint, asked about nobody and nothing, so that it changes nothing. */
export const ENDPOINTS: readonly Endpoint[] = [
  { method: 'GET', path: ADMIN_ROUTES.users, scope: 'admin:users:read', status: 200 },
  { method: 'POST', path: ADMIN_ROUTES.users, scope: 'admin:users', status: 400, json: {} },
  { method: 'POST', path: ADMIN_ROUTES.importUsers, scope: 'admin:users', status: 400, json: {} },
  { method: 'GET', path: `${ADMIN_ROUTES.users}/${NOBODY}`, scope: 'admin:users:read', status: 404 },
  { method: 'DELETE', path: `${ADMIN_ROUTES.users}/${NOBODY}`, scope: 'admin:users', status: 404 },
  { method: 'POST', path: `${ADMIN_ROUTES.users}/${NOBODY}/ban`, scope: 'admin:users', status: 404 },
  { method: 'POST', path: `${ADMIN_ROUTES.users}/${NOBODY}/unban`, scope: 'admin:users', status: 404 },
  { method: 'PUT', path: `${ADMIN_ROUTES.users}/${NOBODY}/role`, scope: 'admin:users', status: 404 },
  { method: 'PUT', path: `${ADMIN_ROUTES.users}/${NOBODY}/roles/moderator`, scope: 'admin:users', status: 404 },
  { method: 'DELETE', path: `${ADMIN_ROUTES.users}/${NOBODY}/roles/moderator`, scope: 'admin:users', status: 404 },
  { method: 'POST', path: `${ADMIN_ROUTES.users}/${NOBODY}/password-reset`, scope: 'admin:users', status: 404 },
  { method: 'POST', path: `${ADMIN_ROUTES.users}/${NOBODY}/end-sessions`, scope: 'admin:sessions', status: 404 },
  { method: 'GET', path: ADMIN_ROUTES.sessions, scope: 'admin:sessions:read', status: 200 },
  { method: 'DELETE', path: `${ADMIN_ROUTES.sessions}/${NO_SESSION}`, scope: 'admin:sessions', status: 404 },
  { method: 'GET', path: ADMIN_ROUTES.clients, scope: 'admin:clients:read', status: 200 },
  { method: 'POST', path: ADMIN_ROUTES.clients, scope: 'admin:clients', status: 400, json: {} },
  { method: 'GET', path: `${ADMIN_ROUTES.clients}/${NO_CLIENT}`, scope: 'admin:clients:read', status: 404 },
  { method: 'PATCH', path: `${ADMIN_ROUTES.clients}/${NO_CLIENT}`, scope: 'admin:clients', status: 404 },
  { method: 'DELETE', path: `${ADMIN_ROUTES.clients}/${NO_CLIENT}`, scope: 'admin:clients', status: 404 },
  { method: 'POST', path: `${ADMIN_ROUTES.clients}/${NO_CLIENT}/disable`, scope: 'admin:clients', status: 404 },
  { method: 'POST', path: `${ADMIN_ROUTES.clients}/${NO_CLIENT}/enable`, scope: 'admin:clients', status: 404 },
  { method: 'POST', path: `${ADMIN_ROUTES.clients}/${NO_CLIENT}/secret`, scope: 'admin:clients', status: 404 },
  { method: 'PUT', path: `${ADMIN_ROUTES.clients}/${NO_CLIENT}/keys`, scope: 'admin:clients', status: 404 },
  { method: 'GET', path: ADMIN_ROUTES.keys, scope: 'admin:keys:read', status: 200 },
  { method: 'POST', path: ADMIN_ROUTES.rotateKeys, scope: 'admin:keys', status: 409 },
  { method: 'POST', path: `${ADMIN_ROUTES.keys}/${NO_KEY}/revoke`, scope: 'admin:keys', status: 404 },
  { method: 'GET', path: ADMIN_ROUTES.audit, scope: 'admin:audit:read', status: 200 },
  { method: 'GET', path: ADMIN_ROUTES.auditChain, scope: 'admin:audit:read', status: 200 },
  { method: 'GET', path: ADMIN_ROUTES.auditVerification, scope: 'admin:audit:read', status: 200 },
];
