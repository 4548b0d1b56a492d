import { ROUTES } from '@latchkey/protocol';
import { userinfoResponse } from '@latchkey/protocol/schemas';
import { PROOF_ALGORITHMS } from '@latchkey/verifier/dpop';
import { readUserinfo } from '../../operations/read-userinfo.ts';
import { documented } from '../documentation.ts';
import type { App, AppContext, HttpDependencies } from '../environment.ts';
import { allowOrigins, answerPreflight, DPOP_HEADER, sendNonce } from '../key-proof.ts';
import { OAuthError } from '../oauth-error.ts';

/** RFC 6750 §2.1, RFC 9449 §7.1; a token of ours is far shorter. */
const CREDENTIALS = /^(bearer|dpop) +([A-Za-z0-9._~+/-]{1,4096}=*)$/i;

/** The userinfo endpoint (OpenID Connect Core §5.3). Reads no cookie, so pages of other origins may ask. */
export function mountUserinfo(app: App, dependencies: HttpDependencies): void {
  const { operations, log } = dependencies;
  const answer = async (c: AppContext): Promise<Response> => {
    allowOrigins(c);
    const [, scheme, token] = CREDENTIALS.exec(c.req.header('Authorization') ?? '') ?? [];
    if (token === undefined) throw new OAuthError('invalid_token', 'Send an access token as Bearer or DPoP');
    const isDpop = scheme?.toLowerCase() === 'dpop';
    const proof = isDpop ? { text: c.req.header(DPOP_HEADER), ...requestOf(c, operations.policy.issuer) } : undefined;
    if (isDpop) await sendNonce(c, dependencies);
    const reading = await readUserinfo(operations, token, proof);
    if (reading.kind === 'read') return c.json(reading.userinfo);
    if ('reason' in reading) log.info({ requestId: c.var.requestId, reason: reading.reason }, 'token is not active');
    if (reading.kind === 'insufficient_scope') throw new OAuthError(reading.kind);
    // RFC 9449 §7.1: whoever holds a bound token is told by which scheme to send it.
    const isAboutKey = isDpop || reading.reason === 'bound_to_key';
    throw new OAuthError(reading.kind, undefined, isAboutKey ? challengeFor(reading.kind) : undefined);
  };
  const documentation = documented({
    tag: 'OAuth',
    summary: 'Who the user is',
    description:
      'By an access token with the scope `openid`: what its other scopes, `profile` and `email`, let know. One that is bound ' +
      'to a key is sent by the scheme `DPoP`, with a proof (RFC 9449 §7).',
    answers: { 200: { description: 'Claims of the user', schema: userinfoResponse } },
    oauthErrors: ['invalid_token', 'insufficient_scope'],
    errors: ['temporarily_unavailable'],
  });
  app.get(ROUTES.userinfo, documentation, answer);
  app.post(ROUTES.userinfo, documentation, answer);
  // Not for clients of this server's own: the browser asks, since the Authorization header is not simple.
  app.options(ROUTES.userinfo, (c) => answerPreflight(c, 'GET, POST'));
}

/** What a proof must be for. The URL is that of the metadata: a request's own says what its sender likes. */
function requestOf(c: AppContext, issuer: string): { readonly method: string; readonly url: string } {
  return { method: c.req.method, url: new URL(ROUTES.userinfo, issuer).href };
}

function challengeFor(error: string): string {
  return `DPoP realm="latchkey", error="${error}", algs="${PROOF_ALGORITHMS.join(' ')}"`;
}
