import type { Administrator, Overreach } from '../../../domain/administration/administrator.ts';
import {
  ADMIN_SCOPE,
  adminScope,
  areEnough,
  type AdminAccess,
  type AdminNoun,
} from '../../../domain/administration/scopes.ts';
import { askAgain } from '../../../operations/ask-again.ts';
import { networkKey, takeAttempt } from '../../../operations/attempts.ts';
import { authenticateAdministrator } from '../../../operations/authenticate-administrator.ts';
import type { OperationContext } from '../../../operations/context.ts';
import type { Tx } from '../../../storage/store.ts';
import { ApiError } from '../../api-error.ts';
import { documented, type RouteDocumentation } from '../../documentation.ts';
import type { App, AppContext, HttpDependencies } from '../../environment.ts';
import { isLocalAuthority } from '../../local-authority.ts';

/** A route of the management API. There is no way to mount one but by a scope. */
export interface AdminRoute {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly noun: AdminNoun;
  readonly access: AdminAccess;
  readonly documentation: Omit<RouteDocumentation, 'tag' | 'scope'>;
  /** Whatever it changes, it changes by these operations: their transactions ask again whether the token stands. */
  readonly handle: (c: AppContext, administrator: Administrator, operations: OperationContext) => Promise<Response>;
}

const ERRORS = [
  'access_token_required',
  'access_token_invalid',
  'insufficient_scope',
  'too_many_requests',
  'temporarily_unavailable',
] as const;

/** RFC 6750 §2.1; a token of ours is far shorter. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]{1,4096}=*)$/i;
const REALM = 'Bearer realm="latchkey"';

/** Mounts routes of the management API: each asks for its scope before it reads anything else. */
export function mountAdminRoutes(app: App, dependencies: HttpDependencies, routes: readonly AdminRoute[]): void {
  for (const { method, path, noun, access, documentation, handle } of routes) {
    const isSafe = method === 'get';
    const errors = [...ERRORS, ...(isSafe ? [] : (['cross_site_request'] as const)), ...(documentation.errors ?? [])];
    const details = { ...documentation, errors, tag: 'Administration', scope: adminScope(noun, access) } as const;
    app.on(method.toUpperCase(), path, documented(details), async (c) => {
      const { administrator, operations } = await requireAdministrator(c, dependencies);
      c.header('Cache-Control', 'no-store');
      try {
        requireScope(administrator, noun, access);
        return await handle(c, administrator, operations);
      } catch (error) {
        if (error instanceof ApiError && error.status === 403) {
          logRefusal(c, dependencies, error.code, administrator);
        }
        throw error;
      }
    });
  }
}

/** Who manages, and what that is done by. */
interface Administration {
  readonly administrator: Administrator;
  readonly operations: OperationContext;
}

/** Whoever sends the request; never by a cookie, which another site could have sent along. */
async function requireAdministrator(c: AppContext, dependencies: HttpDependencies): Promise<Administration> {
  const { operations } = dependencies;
  const authority = c.env?.authority;
  if (isLocalAuthority(authority)) {
    return { administrator: { actor: authority.actor, scopes: [ADMIN_SCOPE] }, operations };
  }
  const header = c.req.header('Authorization');
  // RFC 6750 §3.1: no error code for whoever shows nothing.
  if (header === undefined) throw new ApiError('access_token_required', { challenge: REALM });
  const token = BEARER.exec(header)?.[1];
  const result =
    token === undefined
      ? ({ kind: 'refused', reason: 'not_bearer' } as const)
      : await authenticateAdministrator(operations, token);
  const refusal = (reason: string) => {
    logRefusal(c, dependencies, reason);
    return new ApiError('access_token_invalid', { challenge: `${REALM}, error="invalid_token"` });
  };
  if (result.kind === 'authenticated') {
    const ask = async (tx: Tx) => {
      const reason = await result.findVoidReason(tx);
      if (reason !== undefined) throw refusal(reason);
    };
    return { administrator: result.administrator, operations: askAgain(operations, ask) };
  }
  const refused = refusal(result.reason);
  // Counted afterwards, as wrong secrets of clients are: whoever has a good token waits for nobody.
  await takeAttempt(operations, ['clientByNetwork', networkKey(operations, c.var.caller)]);
  throw refused;
}

function requireScope({ scopes }: Administrator, noun: AdminNoun, access: AdminAccess): void {
  if (areEnough(scopes, noun, access)) return;
  // RFC 6750 §3.1.
  throw new ApiError('insufficient_scope', {
    challenge: `${REALM}, error="insufficient_scope", scope="${adminScope(noun, access)}"`,
  });
}

/** @param administrator - Who tried for more, where the token was a good one. */
function logRefusal(c: AppContext, { log }: HttpDependencies, reason: string, administrator?: Administrator): void {
  const { requestId, caller } = c.var;
  const { actor } = administrator ?? {};
  log.warn({ requestId, reason, actor, network: caller.network }, 'administration refused');
}

/** Ends the request where an administrator reaches for more than it has. */
export function refuseOverreach(overreach: Overreach | undefined): void {
  if (overreach !== undefined) throw new ApiError('not_permitted', { detail: OVERREACH[overreach] });
}

const OVERREACH: Readonly<Record<Overreach, string>> = {
  own_account: 'Nobody changes their own account or client here: let another administrator do it.',
  needs_admin: 'Power over this server is given, and taken from those who have it, with the scope admin alone.',
};
