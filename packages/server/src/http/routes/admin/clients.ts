import { ADMIN_ROUTES } from '@latchkey/protocol';
import {
  adminAddedClientResponse,
  adminClientChangeRequest,
  adminClientChangeResponse,
  adminClientListResponse,
  adminClientRequest,
  adminClientResponse,
  adminClientsQuery,
  type AdminClientChangeRequest,
} from '@latchkey/protocol/schemas';
import { clientOverreach, type Administrator } from '../../../domain/administration/administrator.ts';
import type { Client } from '../../../domain/clients/client.ts';
import { parseScope } from '../../../domain/clients/scope.ts';
import { isClientId } from '../../../domain/ids.ts';
import { askAboutClient } from '../../../operations/ask-again.ts';
import { changeClient, type ClientChanges } from '../../../operations/change-client.ts';
import type { OperationContext } from '../../../operations/context.ts';
import { addClient, removeClient } from '../../../operations/manage-clients.ts';
import { readClient, readClientsPage, type ClientWithPublicKeys } from '../../../operations/read-client.ts';
import { ApiError, invalidMembers } from '../../api-error.ts';
import { registrationRefused, representManagedClient } from '../../client-representation.ts';
import type { App, AppContext, HttpDependencies } from '../../environment.ts';
import { readJson } from '../../request-body.ts';
import { pageSize, readAdminQuery, requireCursor } from './admin-query.ts';
import { mountAdminRoutes, refuseOverreach, type AdminRoute } from './admin-route.ts';

type Route = Pick<AdminRoute, 'documentation' | 'handle'>;

/** Programs that may act here, and what they may do. */
export function mountAdminClients(app: App, dependencies: HttpDependencies): void {
  const reading = { noun: 'clients', access: 'read' } as const;
  const writing = { noun: 'clients', access: 'write' } as const;
  const path = `${ADMIN_ROUTES.clients}/:id`;
  mountAdminRoutes(app, dependencies, [
    { ...reading, method: 'get', path: ADMIN_ROUTES.clients, ...listRoute(dependencies) },
    { ...writing, method: 'post', path: ADMIN_ROUTES.clients, ...addRoute() },
    { ...reading, method: 'get', path, ...readRoute(dependencies) },
    { ...writing, method: 'patch', path, ...changeRoute(dependencies) },
    { ...writing, method: 'delete', path, ...removeRoute(dependencies) },
  ]);
}

function listRoute({ operations }: HttpDependencies): Route {
  return {
    documentation: {
      summary: 'List clients',
      description: 'The newest first; never a secret. Pages go on by `next`.',
      query: adminClientsQuery,
      answers: { 200: { description: 'A page', schema: adminClientListResponse } },
      errors: ['invalid_request'],
    },
    handle: async (c) => {
      const query = readAdminQuery(c, adminClientsQuery);
      const before = requireCursor(query.cursor, isClientId);
      const { items, next } = await readClientsPage(operations, before, pageSize(query));
      return c.json({
        clients: items.map(({ client, keys }) => representManagedClient(client, keys)),
        next: next ?? null,
      });
    },
  };
}

function addRoute(): Route {
  return {
    documentation: {
      summary: 'Register a client',
      description: 'By the names of RFC 7591. The secret is in this answer and in no other place.',
      body: adminClientRequest,
      answers: { 201: { description: 'Registered', schema: adminAddedClientResponse } },
      errors: ['not_permitted'],
    },
    handle: async (c, administrator, operations) => {
      const body = await readJson(c, adminClientRequest);
      const { first_party: firstParty = false, scope = '' } = body;
      refuseOverreach(clientOverreach(administrator, { firstParty, scopes: parseScope(scope) ?? [] }));
      const { token_endpoint_auth_method: authMethod, jwks, jwks_uri: jwksUri } = body;
      const result = await addClient(
        operations,
        {
          grants: [],
          scope: '',
          audiences: [],
          redirectUris: [],
          isPublic: authMethod === 'none',
          authMethod,
          jwks: jwks && JSON.stringify(jwks),
          jwksUri,
          ...toChanges(body),
          name: body.client_name,
        },
        administrator.actor,
      );
      if (result.kind !== 'added') throw registrationRefused(result.problems);
      const { client, keys, secret, fetched } = result;
      c.header('Location', `${ADMIN_ROUTES.clients}/${client.id}`);
      const answer = representManagedClient(client, keys, secret);
      return c.json({ ...answer, ...(fetched?.kind === 'not_fetched' && { keys_not_fetched: fetched.reason }) }, 201);
    },
  };
}

/** What of a body is given, by the names of the domain. */
function toChanges(body: AdminClientChangeRequest): ClientChanges {
  const { client_name: name, grant_types: grants, scope, audiences, redirect_uris: redirectUris } = body;
  const { first_party: isFirstParty, post_logout_redirect_uris: postLogoutRedirectUris } = body;
  const { backchannel_logout_uri: logoutUri, dpop_bound_access_tokens: isDpopBound } = body;
  const requiresPushedRequests = body.require_pushed_authorization_requests;
  return {
    ...(name !== undefined && { name }),
    ...(grants !== undefined && { grants }),
    ...(scope !== undefined && { scope }),
    ...(audiences !== undefined && { audiences }),
    ...(redirectUris !== undefined && { redirectUris }),
    ...(isFirstParty !== undefined && { isFirstParty }),
    ...(postLogoutRedirectUris !== undefined && { postLogoutRedirectUris }),
    ...(logoutUri !== undefined && { backchannelLogoutUri: logoutUri ?? undefined }),
    ...(isDpopBound !== undefined && { isDpopBound }),
    ...(requiresPushedRequests !== undefined && { requiresPushedRequests }),
  };
}

function readRoute(dependencies: HttpDependencies): Route {
  return {
    documentation: {
      summary: 'Read a client',
      answers: { 200: { description: 'The client, without its secret', schema: adminClientResponse } },
      errors: ['invalid_request', 'not_found'],
    },
    handle: async (c) => {
      const { client, keys } = await requireClientOfPath(c, dependencies);
      return c.json(representManagedClient(client, keys));
    },
  };
}

function changeRoute(dependencies: HttpDependencies): Route {
  return {
    documentation: {
      summary: 'Change a client',
      description:
        'What is left out stays. Where the change takes something away, all tokens, codes and sessions of the client are void.',
      body: adminClientChangeRequest,
      answers: { 200: { description: 'The client as it is now', schema: adminClientChangeResponse } },
      errors: ['not_permitted', 'not_found'],
    },
    handle: async (c, administrator, operations) => {
      const { client, keys } = await requireClientOfPath(c, dependencies);
      const body = await readJson(c, adminClientChangeRequest);
      const { scope = '', first_party: firstParty = false } = body;
      const given = { scopes: parseScope(scope) ?? [], firstParty };
      const changing = changingClient(operations, administrator, client, given);
      const result = await changeClient(changing, client.id, toChanges(body), administrator.actor);
      if (result.kind === 'unknown') throw new ApiError('not_found');
      if (result.kind === 'refused') throw registrationRefused(result.problems);
      return c.json({
        ...representManagedClient(result.client, keys),
        changed: result.kind === 'changed',
        sessions_ended: result.sessionsEnded,
      });
    },
  };
}

function removeRoute(dependencies: HttpDependencies): Route {
  return {
    documentation: {
      summary: 'Remove a client',
      description: 'As if it had never been registered: all that it has is void at once.',
      answers: { 200: { description: 'The client as it was', schema: adminClientChangeResponse } },
      errors: ['invalid_request', 'not_permitted', 'not_found'],
    },
    handle: async (c, administrator, operations) => {
      const { client, keys } = await requireClientOfPath(c, dependencies);
      const changing = changingClient(operations, administrator, client);
      const result = await removeClient(changing, client.id, administrator.actor);
      if (result.kind === 'unknown') throw new ApiError('not_found');
      const { kind, sessionsEnded } = result;
      const answer = representManagedClient(result.client, keys);
      return c.json({ ...answer, changed: kind === 'changed', sessions_ended: sessionsEnded });
    },
  };
}

/**
 * Ends the request of an administrator who may not change this client, or not give it this. What changes it then looks
 * again, for others may have given it power meanwhile.
 */
export function changingClient(
  operations: OperationContext,
  administrator: Administrator,
  client: Client,
  ...given: readonly Pick<Client, 'scopes' | 'firstParty'>[]
): OperationContext {
  const refuse = (now: Client) => refuseOverreach(clientOverreach(administrator, now, ...given));
  refuse(client);
  return askAboutClient(operations, client.id, refuse);
}

/** The client that the path names, with its keys. */
export async function requireClientOfPath(
  c: AppContext,
  { operations }: HttpDependencies,
): Promise<ClientWithPublicKeys> {
  const id = c.req.param('id') ?? '';
  if (!isClientId(id)) throw invalidMembers({ pointer: '/id', detail: 'Not the id of a client' });
  const found = await readClient(operations, id);
  if (found === undefined) throw new ApiError('not_found');
  return found;
}
