import type { Client } from '../domain/clients/client.ts';
import type { FormParameters } from '../domain/clients/form-encoding.ts';
import { readClientCredentials } from '../domain/clients/presented-credentials.ts';
import { isClientId } from '../domain/ids.ts';
import { networkKey, takeAttempt } from '../operations/attempts.ts';
import {
  authenticateClient,
  identifyPublicClient,
  type ClientAuthentication,
} from '../operations/authenticate-client.ts';
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
 * The client that sends the request, by its secret (RFC 6749 §2.3.1).
 *
 * @throws {@link OAuthError} `invalid_client` for everybody who is not believed, `invalid_request` for a header that
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
      const client = await requireAuthenticated(c, dependencies, credentials.clientId, result);
      if (scope === undefined || client.scopes.includes(scope)) return client;
      throw new OAuthError('insufficient_scope', `The client needs the scope ${scope}`);
    }
    case 'identified':
      if (allowPublic) {
        const result = await identifyPublicClient(dependencies.operations, reading.clientId);
        return requireAuthenticated(c, dependencies, reading.clientId, result);
      }
      throw new OAuthError('invalid_client', 'Send the id and the secret of the client');
    case 'none':
      throw new OAuthError('invalid_client', 'Send the id and the secret of the client');
    case 'malformed':
      throw new OAuthError('invalid_request', 'The Authorization header cannot be read');
    case 'several_methods':
      throw new OAuthError('invalid_request', 'Send the credentials of one client, in one way');
  }
}

async function requireAuthenticated(
  c: AppContext,
  { operations, log }: HttpDependencies,
  presentedId: string,
  result: ClientAuthentication,
): Promise<Client> {
  switch (result.kind) {
    case 'authenticated':
      return result.client;
    case 'other_method':
      throw new OAuthError('invalid_client', `The client is registered for ${result.client.authMethod}`);
    case 'refused': {
      const { requestId, caller } = c.var;
      // Somebody may have put the secret where the id belongs.
      const clientId = isClientId(presentedId) ? presentedId : null;
      log.warn({ requestId, clientId, reason: result.reason, network: caller.network }, 'client refused');
      // Counted afterwards: nobody guesses 256 bits, and honest clients are to wait for no counter.
      await takeAttempt(operations, ['clientByNetwork', networkKey(operations, caller)]);
      throw new OAuthError('invalid_client', 'The client is not known, or its secret is wrong');
    }
  }
}
