/** Latchkey as it is deployed: its own process, a proxy in front that ends TLS, and an API on another origin. */
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { tokenCookieName } from '@latchkey/protocol';
import { createVerifier, type Verifier, type VerifyOptions } from '@latchkey/verifier';
import { verifyRequest } from '@latchkey/verifier/node';
import { createAccount, newAccount, signIn, type Account } from '../support/accounts.ts';
import { latchkey } from '../support/command-line.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

/** RFC 5737: an address of documentation. */
const CLIENT_ADDRESS = '203.0.113.7';
/** Of access tokens, over https. */
export const TOKEN_COOKIE = tokenCookieName(true);

export interface LatchkeyDeployment extends AsyncDisposable {
  readonly issuer: string;
  readonly accounts: Readonly<Record<string, Account>>;
  /** Passes a request on. */
  forward(incoming: IncomingMessage, outgoing: ServerResponse): void;
  /** Whose session it is, for an application on the same origin; and the headers that its answer is to carry. */
  check(incoming: IncomingMessage): Promise<{ user: string | undefined; headers: Record<string, string | string[]> }>;
  /** The same by the token in a cookie, for an application that verifies it by itself. */
  userOfCookie(incoming: IncomingMessage): Promise<string | undefined>;
  /** Whose token it is, for the API. */
  userOfToken(token: string, proof?: VerifyOptions['dpop']): Promise<string | undefined>;
}

export interface DeploymentOptions {
  readonly issuer: string;
  readonly api: string;
  readonly settings?: Readonly<Record<string, string>>;
}

export async function deployLatchkey({ issuer, api, settings }: DeploymentOptions): Promise<LatchkeyDeployment> {
  const server = await startServer({
    settings: { LATCHKEY_ISSUER: issuer, LATCHKEY_TRUSTED_PROXIES: '127.0.0.1', ...settings },
  });
  try {
    const accounts: Record<string, Account> = {};
    const names = new Map<string, string>();
    for (const name of ['alice', 'mallory']) {
      const account = await createAccount(server, newAccount(name));
      const answer = (await (await signIn(server.origin, account)).json()) as { user: { id: string } };
      names.set(answer.user.id, name);
      accounts[name] = account;
    }
    // Only when somebody asks: it takes a command of its own to register.
    const verifiers = new Map<string, Promise<Verifier>>();
    const verifierOf = (audience: string): Promise<Verifier> => {
      const verifier = verifiers.get(audience) ?? followingVerifier(server, issuer, audience);
      verifiers.set(audience, verifier);
      return verifier;
    };
    return {
      issuer,
      accounts,
      forward: (incoming, outgoing) => forward(server.port, incoming, outgoing),
      check: (incoming) => check(server.port, incoming),
      userOfToken: async (token, proof) => {
        const verifier = await verifierOf(api);
        const verified = await verifier.verify(token, { dpop: proof }).catch(() => undefined);
        return verified && names.get(verified.subject);
      },
      userOfCookie: async (incoming) => {
        const verifier = await verifierOf(issuer);
        const verified = await verifyRequest(verifier, incoming, { cookie: TOKEN_COOKIE }).catch(() => undefined);
        return verified && names.get(verified.subject);
      },
      async [Symbol.asyncDispose]() {
        for (const verifier of verifiers.values()) await (await verifier).close();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function followingVerifier(server: ServerProcess, issuer: string, audience: string): Promise<Verifier> {
  const scope = 'revocations:read introspect';
  const args = ['clients', 'add', 'API', '--scope', scope, '--audience', audience, '--json'];
  const added = await latchkey(args, server);
  const client = JSON.parse(added.stdout) as { readonly client_id: string; readonly client_secret: string };
  const verifier = createVerifier({
    issuer,
    audience,
    client: { id: client.client_id, secret: client.client_secret },
    // Behind the proxy: between servers, TLS is not what is looked at here.
    fetch: (url, init) => fetch(url.replace(issuer, `http://127.0.0.1:${server.port}`), init),
  });
  await verifier.ready();
  return verifier;
}

function forward(port: number, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const headers = { ...incoming.headers, 'x-forwarded-for': CLIENT_ADDRESS };
  const forwarded = request({ host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers });
  forwarded.once('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(outgoing);
  });
  forwarded.once('error', () => outgoing.destroy());
  incoming.pipe(forwarded);
}

/** What the adapters do in the process, over HTTP: the cookie that Latchkey sets goes on with its `Cache-Control`. */
async function check(
  port: number,
  incoming: IncomingMessage,
): Promise<{ user: string | undefined; headers: Record<string, string | string[]> }> {
  const { cookie = '', host = '', 'user-agent': userAgent = '' } = incoming.headers;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { cookie, host, 'user-agent': userAgent, 'x-forwarded-for': CLIENT_ADDRESS };
    request({ host: '127.0.0.1', port, path: '/api/session', headers }, resolve).once('error', reject).end();
  });
  let body = '';
  for await (const part of answer) body += String(part);
  const setCookie = answer.headers['set-cookie'];
  const headers = setCookie && { 'Set-Cookie': setCookie, 'Cache-Control': answer.headers['cache-control'] ?? '' };
  const user = answer.statusCode === 200 ? (JSON.parse(body) as { user: { name: string } }).user.name : undefined;
  return { user, headers: headers ?? {} };
}
