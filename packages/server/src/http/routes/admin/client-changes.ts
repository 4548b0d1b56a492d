import { ADMIN_ROUTES } from '@latchkey/protocol';
import {
  adminClientChangeResponse,
  adminClientKeysRequest,
  adminClientResponse,
  adminClientSecretRequest,
  adminClientSecretResponse,
} from '@latchkey/protocol/schemas';
import { disableClient, enableClient, rotateClientSecret } from '../../../operations/manage-clients.ts';
import { setClientKeys } from '../../../operations/set-client-keys.ts';
import { ApiError, invalidMembers } from '../../api-error.ts';
import { registrationRefused, representManagedClient } from '../../client-representation.ts';
import type { App, HttpDependencies } from '../../environment.ts';
import { readJson, readOptionalJson } from '../../request-body.ts';
import { mountAdminRoutes, type AdminRoute } from './admin-route.ts';
import { changingClient, requireClientOfPath } from './clients.ts';

const PATH = `${ADMIN_ROUTES.clients}/:id`;

type Route = Pick<AdminRoute, 'documentation' | 'handle'>;

/** By what a client shows who it is, and whether it may. */
export function mountAdminClientChanges(app: App, dependencies: HttpDependencies): void {
  const writing = { noun: 'clients', access: 'write' } as const;
  mountAdminRoutes(app, dependencies, [
    { ...writing, method: 'post', path: `${PATH}/disable`, ...switchRoute(dependencies, 'disable') },
    { ...writing, method: 'post', path: `${PATH}/enable`, ...switchRoute(dependencies, 'enable') },
    { ...writing, method: 'post', path: `${PATH}/secret`, ...secretRoute(dependencies) },
    { ...writing, method: 'put', path: `${PATH}/keys`, ...keysRoute(dependencies) },
  ]);
}

function switchRoute(dependencies: HttpDependencies, name: 'disable' | 'enable'): Route {
  const [change, summary, description] =
    name === 'disable'
      ? ([disableClient, 'Disable a client', 'Its secret, its tokens and its sessions are void at once.'] as const)
      : ([enableClient, 'Enable a client', 'It may act again; what was void stays void.'] as const);
  return {
    documentation: {
      summary,
      description,
      answers: { 200: { description: 'The client as it is now', schema: adminClientChangeResponse } },
      errors: ['invalid_request', 'not_permitted', 'not_found'],
    },
    handle: async (c, administrator, operations) => {
      const { client, keys } = await requireClientOfPath(c, dependencies);
      const result = await change(changingClient(operations, administrator, client), client.id, administrator.actor);
      if (result.kind === 'unknown') throw new ApiError('not_found');
      const answer = representManagedClient(result.client, keys);
      return c.json({ ...answer, changed: result.kind === 'changed', sessions_ended: result.sessionsEnded });
    },
  };
}

function secretRoute(dependencies: HttpDependencies): Route {
  return {
    documentation: {
      summary: 'Make another secret for a client',
      description:
        'Without an overlap the secret of before and all tokens are void. The new one is in this answer alone.',
      body: adminClientSecretRequest,
      answers: { 200: { description: 'The client with its new secret', schema: adminClientSecretResponse } },
      errors: ['not_permitted', 'not_found', 'no_client_secret'],
    },
    handle: async (c, administrator, operations) => {
      const { client, keys } = await requireClientOfPath(c, dependencies);
      const changing = changingClient(operations, administrator, client);
      const { overlap_seconds: overlapSeconds = 0 } = await readOptionalJson(c, adminClientSecretRequest);
      const result = await rotateClientSecret(changing, client.id, overlapSeconds, administrator.actor);
      if (result.kind === 'unknown') throw new ApiError('not_found');
      if (result.kind === 'no_secret') throw new ApiError('no_client_secret');
      const { secret, previousUntil } = result;
      return c.json({
        ...representManagedClient(result.client, keys, secret),
        previous_secret_until: previousUntil === null ? null : new Date(previousUntil).toISOString(),
      });
    },
  };
}

function keysRoute(dependencies: HttpDependencies): Route {
  return {
    documentation: {
      summary: 'Replace the public keys of a client',
      description: 'Those that go are void at once, with all tokens of the client. Give `jwks` or `jwks_uri`.',
      body: adminClientKeysRequest,
      answers: { 200: { description: 'The client with its new keys', schema: adminClientResponse } },
      errors: ['not_permitted', 'not_found'],
    },
    handle: async (c, administrator, operations) => {
      const { client } = await requireClientOfPath(c, dependencies);
      const changing = changingClient(operations, administrator, client);
      const { jwks, jwks_uri: jwksUri } = await readJson(c, adminClientKeysRequest);
      if (jwks === undefined && jwksUri === undefined) {
        throw invalidMembers({ pointer: '/jwks', detail: 'Give jwks or jwks_uri' });
      }
      const source = { jwks: jwks && JSON.stringify(jwks), jwksUri };
      const result = await setClientKeys(changing, client.id, source, administrator.actor);
      switch (result.kind) {
        case 'set':
          return c.json(representManagedClient(result.client, result.keys));
        case 'unknown':
          throw new ApiError('not_found');
        case 'refused':
          throw registrationRefused(result.problems);
        case 'not_fetched':
          throw invalidMembers({ pointer: '/jwks_uri', detail: `not_fetched: ${result.reason}` });
        case 'public_client':
          throw registrationRefused([{ code: 'keys_of_public_client', value: client.id }]);
      }
    },
  };
}
