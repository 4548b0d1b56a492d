import { ADMIN_ROUTES } from '@latchkey/protocol';
import { adminKeyListResponse, adminKeyRevocationResponse, adminKeyRotationRequest } from '@latchkey/protocol/schemas';
import { SECOND_MS } from '../../../domain/instant.ts';
import { listKeys, rotateSigningKeys } from '../../../operations/manage-signing-keys.ts';
import { revokeSigningKey } from '../../../operations/revoke-signing-key.ts';
import { representSigningKey } from '../../admin-representations.ts';
import { ApiError, invalidMembers } from '../../api-error.ts';
import type { App, HttpDependencies } from '../../environment.ts';
import { readOptionalJson } from '../../request-body.ts';
import { mountAdminRoutes, type AdminRoute } from './admin-route.ts';

/** A JWK thumbprint (RFC 7638), as all keys of ours are named by. */
const KID = /^[\w-]{43}$/;

/** The keys that sign access tokens. */
export function mountAdminKeys(app: App, dependencies: HttpDependencies): void {
  mountAdminRoutes(app, dependencies, [listRoute(dependencies), rotateRoute(), revokeRoute()]);
}

function listRoute({ operations }: HttpDependencies): AdminRoute {
  return {
    method: 'get',
    path: ADMIN_ROUTES.keys,
    noun: 'keys',
    access: 'read',
    documentation: {
      summary: 'List signing keys',
      description: 'The newest first; never a private part.',
      answers: { 200: { description: 'The keys', schema: adminKeyListResponse } },
    },
    handle: async (c) => {
      const keys = await listKeys(operations);
      return c.json({ keys: keys.map(representSigningKey) });
    },
  };
}

function rotateRoute(): AdminRoute {
  return {
    method: 'post',
    path: ADMIN_ROUTES.rotateKeys,
    noun: 'keys',
    access: 'write',
    documentation: {
      summary: 'Let the next key sign',
      description: 'Refused with Retry-After where some verifiers cannot know it yet.',
      body: adminKeyRotationRequest,
      answers: { 200: { description: 'The keys as they are now', schema: adminKeyListResponse } },
      errors: ['key_too_new'],
    },
    handle: async (c, { actor }, operations) => {
      const { dangerously_now: dangerouslyNow = false } = await readOptionalJson(c, adminKeyRotationRequest);
      const result = await rotateSigningKeys(operations, actor, { dangerouslyNow });
      if (result.kind === 'rotated') return c.json({ keys: result.keys.map(representSigningKey) });
      const { possibleFrom } = result;
      throw new ApiError('key_too_new', {
        detail: `Try again at ${new Date(possibleFrom).toISOString()} or later.`,
        retryAfterSeconds: Math.max(1, Math.ceil((possibleFrom - operations.clock()) / SECOND_MS)),
      });
    },
  };
}

function revokeRoute(): AdminRoute {
  return {
    method: 'post',
    path: `${ADMIN_ROUTES.keys}/:kid/revoke`,
    noun: 'keys',
    access: 'write',
    documentation: {
      summary: 'Revoke a signing key',
      description: 'For a key that somebody else may know: nothing that it signed is accepted any more.',
      answers: { 200: { description: 'The keys as they are now', schema: adminKeyRevocationResponse } },
      errors: ['invalid_request', 'not_found'],
    },
    handle: async (c, { actor }, operations) => {
      const kid = c.req.param('kid') ?? '';
      if (!KID.test(kid)) throw invalidMembers({ pointer: '/kid', detail: 'Not the id of a key' });
      const result = await revokeSigningKey(operations, kid, actor);
      if (result.kind === 'unknown') throw new ApiError('not_found');
      const { was, signsNow = null, keys } = result;
      return c.json({ revoked: { kid, was }, signs_now: signsNow, keys: keys.map(representSigningKey) });
    },
  };
}
