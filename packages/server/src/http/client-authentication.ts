import type { Client } from '../domain/clients/client.ts';
import type { FormParameters } from '../domain/clients/form-encoding.ts';
import { readClientCredentials } from '../domain/clients/presented-credentials.ts';
import { isClientId, type ClientId } from '../domain/ids.ts';
import { networkKey, takeAttempt } from '../operations/attempts.ts';
import { authenticateByAssertion } from '../operations/authenticate-by-assertion.ts';
import {
  authenticateClient,
  identifyPublicClient,
  type ClientAuthentication,
  type ClientRefusal,
} from '../operations/authenticate-client.ts';
import { requireParameter } from './client-form.ts';
import type { AppContext, HttpDependencies } from './environment.ts';
import { OAuthError } from './oauth-error.ts';

export interface ClientRequirement {
  /** A scope that the client must have been registered with. */
  readonly scope?: string;
  /** Parameters of the body, where the client's secret may be too; a request without a body leaves it out. */
  readonly form?: FormParameters;
  /** Whether a public client will do, which proves nothing: the grant must. */
  readonly allowPublic?: boolean;
}

const NO_FORM: FormParameters = new Map();

/**
 * The client that sends the request, by its secret (RFC 6749 §2.3.1) or by a JWT that it signed (RFC 7523 §2.2).
 *
 * @throws {@link OAuthError} `invalid_client` for everybody who is not believed, `invalid_request` for what
 * cannot be read or more than one method, `insufficient_scope`.
 */
export async function requireClient(
  c: AppContext,
  dependencies: HttpDependencies,
  { scope, form = NO_FORM, allowPublic = false }: ClientRequirement = {},
): Promise<Client> {
  const reading = readClientCredentials(c.req.header('Authorization'), form);
  switch (reading.kind) {
    case 'presented': {
      const { credentials } = reading;
      const result = await authenticateClient(dependencies.operations, credentials);
      return requireScope(await requireAuthenticated(c, dependencies, credentials.clientId, result), scope);
    }
    case 'asserted': {
      const { assertion: jwt, clientId } = reading;
      const purpose = 'client_authentication';
      const result = await authenticateByAssertion(dependencies.operations, { jwt, purpose, clientId });
      return requireScope(await requireAuthenticated(c, dependencies, clientId, result), scope);
    }
    case 'identified':
      if (allowPublic) {
        const result = await identifyPublicClient(dependencies.operations, reading.clientId);
        return requireAuthenticated(c, dependencies, reading.clientId, result);
      }
      throw new OAuthError('invalid_client', 'Send the credentials of the client');
    case 'none':
      throw new OAuthError('invalid_client', 'Send the credentials of the client');
    case 'malformed':
      throw new OAuthError('invalid_request', 'The credentials of the client cannot be read');
    case 'several_methods':
      throw new OAuthError('invalid_request', 'Send the credentials of one client, in one way');
  }
}

async function requireAuthenticated(
  c: AppContext,
  dependencies: HttpDependencies,
  presentedId: string | undefined,
  result: ClientAuthentication,
): Promise<Client> {
  switch (result.kind) {
    case 'authenticated':
      return result.client;
    case 'other_method':
      throw new OAuthError('invalid_client', `The client is registered for ${result.client.authMethod}`);
    case 'refused': {
      // Somebody may have put the secret where the id belongs.
      const clientId = presentedId !== undefined && isClientId(presentedId) ? presentedId : null;
      await countRefusal(c, dependencies, { clientId, ...result });
      throw new OAuthError('invalid_client', 'The client is not known, or its credentials are wrong');
    }
  }
}

async function countRefusal(
  c: AppContext,
  { operations, log }: HttpDependencies,
  { clientId, reason }: { readonly clientId: ClientId | null; readonly reason: ClientRefusal },
): Promise<void> {
  const { requestId, caller } = c.var;
  log.warn({ requestId, clientId, reason, network: caller.network }, 'client refused');
  // Counted afterwards: nobody guesses 256 bits, and honest clients are to wait for no counter.
  await takeAttempt(operations, ['clientByNetwork', networkKey(operations, caller)]);
}

function requireScope(client: Client, scope: string | undefined): Client {
  if (scope === undefined || client.scopes.includes(scope)) return client;
  throw new OAuthError('insufficient_scope', `The client needs the scope ${scope}`);
}

/** Parameters by which a client would prove who it is. */
const PROOFS = ['client_secret', 'client_assertion', 'client_assertion_type'];

/**
 * The client that signed the `assertion` of its request for a token (RFC 7523 §2.1). It need not prove who it is by
 * anything else; if it does, that is checked, and must be the same client (RFC 7521 §4.1).
 *
 * @throws {@link OAuthError} `invalid_grant` for an assertion that is not believed, and what {@link requireClient} throws.
 */
export async function requireGrantingClient(
  c: AppContext,
  dependencies: HttpDependencies,
  form: FormParameters,
): Promise<Client> {
  const jwt = requireParameter(form, 'assertion');
  const hasProof = c.req.header('Authorization') !== undefined || PROOFS.some((name) => form.has(name));
  const proved = hasProof ? await requireClient(c, dependencies, { form }) : undefined;
  const clientId = proved?.id ?? form.get('client_id')?.[0];
  const result = await authenticateByAssertion(dependencies.operations, { jwt, purpose: 'grant', clientId });
  if (result.kind === 'authenticated') return result.client;
  // Registered for another method: but a grant asks for none.
  if (result.kind === 'other_method') throw new OAuthError('invalid_grant');
  await countRefusal(c, dependencies, { clientId: null, ...result });
  throw new OAuthError('invalid_grant');
}
