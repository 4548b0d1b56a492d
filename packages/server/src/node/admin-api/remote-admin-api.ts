import { ROUTES } from '@latchkey/protocol';
import { isPrivateTransport } from '../../domain/network/host-name.ts';
import { oauthErrorResponse, problemResponse, tokenResponse } from '@latchkey/protocol/schemas';
import { ADMIN_SCOPE } from '../../domain/administration/scopes.ts';
import { SECOND_MS } from '../../domain/instant.ts';
import { CommandError } from '../command-error.ts';
import { AdminApiError, createAdminApi, type AdminApi } from './admin-api.ts';

const REQUEST_TIMEOUT_MS = 60_000;
/** Far more than a page of anything. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const HOW_TO_GET_A_CLIENT =
  'On the machine of the server: latchkey clients add NAME --grant client_credentials --scope admin';

/**
 * The management API of a server elsewhere, by client credentials with the scope `admin`.
 *
 * @param server - Origin of the server.
 * @throws {@link CommandError} where the server is not reached, or does not believe the client.
 */
export async function connectRemoteAdminApi(
  server: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<AdminApi> {
  const origin = requireOrigin(server);
  const { LATCHKEY_CLIENT_ID: id = '', LATCHKEY_CLIENT_SECRET: secret = '' } = environment;
  if (id === '' || secret === '') {
    throw new CommandError(
      'LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET are needed to manage a server elsewhere.',
      HOW_TO_GET_A_CLIENT,
    );
  }
  const send = (request: Request) => sendTo(origin, request);
  let token = await requestToken(origin, send, { id, secret });
  return createAdminApi(origin, async (request) => {
    // An export may take longer than a token lives.
    if (Date.now() >= token.replaceAt) token = await requestToken(origin, send, { id, secret });
    request.headers.set('Authorization', `Bearer ${token.value}`);
    return send(request);
  });
}

interface Token {
  readonly value: string;
  /** Half of its life before its end. */
  readonly replaceAt: number;
}

/** The secret and the token travel there: never in the clear beyond this machine. */
function requireOrigin(server: string): string {
  const url = URL.parse(server);
  if (url !== null && isPrivateTransport(url) && `${url.origin}/` === url.href) return url.origin;
  throw new CommandError(
    'The address of the server is not one that can be used.',
    'Give its origin: https://id.example.com, or http://localhost:4400 on this machine.',
  );
}

/** The whole answer, as it may break off as well. */
async function sendTo(origin: string, request: Request): Promise<Response> {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const body = await readBody(response);
    return new Response(body.length === 0 ? null : body, response);
  } catch (error) {
    const { cause = error } = error as { cause?: unknown };
    // Of TLS, what went wrong stands apart from where in the library it did.
    const { message = 'unknown error', reason = message } = cause as { message?: string; reason?: string };
    throw new CommandError(
      `${origin} is not reached: ${reason}`,
      'Is the server running, and the address right? See --server and LATCHKEY_SERVER.',
    );
  }
}

async function readBody(response: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error('its answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** RFC 6749 §4.4. */
async function requestToken(
  origin: string,
  send: (request: Request) => Promise<Response>,
  { id, secret }: { readonly id: string; readonly secret: string },
): Promise<Token> {
  // RFC 6749 §2.3.1: encoded as a form first.
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64');
  const response = await send(
    new Request(new URL(ROUTES.token, origin), {
      method: 'POST',
      redirect: 'error',
      headers: { Authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: ADMIN_SCOPE }),
    }),
  );
  const body: unknown = await response.json().catch(() => undefined);
  const granted = tokenResponse.safeParse(body);
  if (response.ok && granted.success) {
    const { access_token: value, expires_in: seconds } = granted.data;
    return { value, replaceAt: Date.now() + (seconds * SECOND_MS) / 2 };
  }
  const problem = problemResponse.safeParse(body);
  if (problem.success) throw new AdminApiError(problem.data as AdminApiError['problem']);
  const refused = oauthErrorResponse.safeParse(body);
  if (!refused.success) {
    throw new CommandError(
      `${origin} is no Latchkey server: it answered ${response.status} to a request for a token.`,
      'Correct --server or LATCHKEY_SERVER.',
    );
  }
  const { error, error_description: description } = refused.data;
  throw new CommandError(
    `${origin} gives no token: ${error}${description === undefined ? '' : `. ${description}`}`,
    error === 'invalid_client'
      ? `Correct LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET, or make another client. ${HOW_TO_GET_A_CLIENT}`
      : `The client needs the grant client_credentials, the scope admin, and no audience. ${HOW_TO_GET_A_CLIENT}`,
  );
}
