import { check, isFilledString, readUrl } from '../check-option.ts';
import { PROOF_ALGORITHMS } from '../dpop/proof.ts';
import type { VerifierOptions } from '../options.ts';

/** What there is to say of a resource server besides what its verifier knows. */
export interface ResourceDescription {
  /**
   * Its identifier (RFC 9728 §1.2), which the address of its metadata is made of: an https URL without a fragment, or an
   * http one on localhost. Default: the verifier's `audience`, where that is one such URL.
   */
  readonly resource?: string;
  /** Default: the verifier's `issuer`. */
  readonly authorizationServers?: readonly string[];
  /** Scopes that its routes ask for. */
  readonly scopes?: readonly string[];
  /** What people call it. */
  readonly name?: string;
  /** Where a developer reads how to use it. */
  readonly documentation?: string;
  /** Whether tokens that are bound to a key are taken (DPoP): where the guards know their `ownOrigin`. */
  readonly isDpopOffered?: boolean;
}

/** A resource server as it describes itself. */
export interface ProtectedResource {
  readonly resource: string;
  /** Where its metadata is, in full: what refusals point to. */
  readonly metadataUrl: string;
  /** The path of it, for a router. */
  readonly metadataPath: string;
  /** The document (RFC 9728 §2). */
  readonly metadata: Readonly<Record<string, unknown>>;
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/**
 * Describes a resource server, so that clients find out which authorization server to ask for tokens (RFC 9728). The
 * adapters answer with it, and their refusals point to it.
 *
 * ```ts
 * const options = { issuer: 'https://auth.example.com', audience: 'https://api.example.com', client };
 * const verifier = createVerifier(options);
 * const resource = protectedResource(options, { scopes: ['notes:read'] });
 * app.get(resource.metadataPath, resourceMetadata(resource));
 * app.use(requireToken(verifier, { resource }));
 * ```
 *
 * @throws {TypeError} for a wrong option, with its name.
 */
export function protectedResource(
  options: Pick<VerifierOptions, 'issuer' | 'audience' | 'dpop'>,
  description: ResourceDescription = {},
): ProtectedResource {
  const audiences = [options.audience].flat();
  const { resource = audiences.length === 1 ? audiences[0] : undefined } = description;
  check(resource !== undefined, 'resource', 'named, where the verifier has several audiences');
  const url = readUrl('resource', resource);
  // RFC 9728 §1.2. An empty fragment is one as well.
  check(!resource.includes('#'), 'resource', 'a URL without a fragment');
  const { authorizationServers = [options.issuer], scopes, name, documentation, isDpopOffered = false } = description;
  check(authorizationServers.length > 0 && authorizationServers.every(isFilledString), 'authorizationServers', 'some');
  const isDpopRequired = options.dpop?.required === true;
  const metadataPath = pathOf(url);
  const metadata = {
    resource,
    authorization_servers: [...authorizationServers],
    // RFC 6750 §2: never in a form or a URL.
    bearer_methods_supported: ['header'],
    ...(scopes !== undefined && { scopes_supported: [...scopes] }),
    ...(name !== undefined && { resource_name: name }),
    ...(documentation !== undefined && { resource_documentation: documentation }),
    ...((isDpopOffered || isDpopRequired) && { dpop_signing_alg_values_supported: [...PROOF_ALGORITHMS] }),
    ...(isDpopRequired && { dpop_bound_access_tokens_required: true }),
  };
  return Object.freeze({ resource, metadataPath, metadataUrl: url.origin + metadataPath + url.search, metadata });
}

/** RFC 9728 §3.1: between the host and the path, and a path that is only a slash is none. */
function pathOf({ pathname }: URL): string {
  return WELL_KNOWN + (pathname === '/' ? '' : pathname);
}
