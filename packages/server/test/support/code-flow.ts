/** The authorization code flow, step by step, as a browser and a client go through it. */
import { createHash } from 'node:crypto';
import { ROUTES } from '@latchkey/protocol';
import type { RegistrationInput } from '../../src/domain/clients/registration.ts';
import { addTestClient, type TestClient } from './clients.ts';
import type { TestBrowser, TestServer } from './test-server.ts';

type Fields = Readonly<Record<string, string | undefined>>;

export const REDIRECT_URI = 'https://app.example/callback';
export const VERIFIER = 'a-verifier-that-has-more-than-43-characters-0123456789';
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

/** A client that may have codes; confidential, the operator's own, and with refresh tokens unless said otherwise. */
export async function addCodeClient(
  { operations }: Pick<TestServer, 'operations'>,
  input: Partial<RegistrationInput> = {},
): Promise<TestClient> {
  return addTestClient(operations, {
    name: 'Shop',
    grants: ['authorization_code', 'refresh_token'],
    redirectUris: [REDIRECT_URI],
    isFirstParty: true,
    ...input,
  });
}

/** The path of a request that is good for the client, with some parameters changed, or left out by undefined. */
export function authorizePath({ id }: Pick<TestClient, 'id'>, changed: Fields = {}): string {
  const parameters = new URLSearchParams();
  const all: Fields = {
    response_type: 'code',
    client_id: id,
    redirect_uri: REDIRECT_URI,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    state: 'a state',
    scope: 'openid',
    ...changed,
  };
  for (const [name, value] of Object.entries(all)) if (value !== undefined) parameters.set(name, value);
  return `${ROUTES.authorize}?${parameters}`;
}

/** Where an answer sends the browser: by `Location`, or by a page that goes on by itself. */
export async function destinationOf(response: Response): Promise<string | undefined> {
  if (response.status === 303) return response.headers.get('Location') ?? undefined;
  const page = await response.text();
  return /http-equiv="refresh" content="0; url=([^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
}

/** The parameters that the client gets, and the address before them. */
export async function answerOf(response: Response): Promise<Readonly<Record<string, string>>> {
  const destination = await destinationOf(response);
  if (destination === undefined) throw new Error(`Sends nowhere: ${response.status}`);
  const url = new URL(destination, 'https://latchkey.invalid');
  return { to: url.origin + url.pathname, ...Object.fromEntries(url.searchParams) };
}

/** The value of a hidden field of a page. */
export async function hiddenFieldOf(response: Response, name: string): Promise<string> {
  const found = new RegExp(`name="${name}" value="([^"]*)"`).exec(await response.text());
  if (found === null) throw new Error(`There is no ${name}: ${response.status}`);
  return found[1]!;
}

/** A code for whoever is signed in. */
export async function codeFor(browser: TestBrowser, client: TestClient, changed: Fields = {}): Promise<string> {
  const answer = await answerOf(await browser.request(authorizePath(client, changed)));
  if (answer['code'] === undefined) throw new Error(JSON.stringify(answer));
  return answer['code'];
}

/** Sends a form to the token endpoint, as the client. */
export async function askForTokens(server: TestServer, client: TestClient, fields: Fields): Promise<Response> {
  const isPublic = client.secret === '';
  const all = isPublic ? { client_id: client.id, ...fields } : fields;
  const form = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return server.request(ROUTES.token, { form, ...(!isPublic && { headers: { Authorization: client.basic } }) });
}

export async function exchange(
  server: TestServer,
  client: TestClient,
  code: string,
  changed: Fields = {},
): Promise<Response> {
  const fields = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, code_verifier: VERIFIER };
  return askForTokens(server, client, { ...fields, ...changed });
}

export async function refresh(
  server: TestServer,
  client: TestClient,
  refreshToken: string,
  changed: Fields = {},
): Promise<Response> {
  return askForTokens(server, client, { grant_type: 'refresh_token', refresh_token: refreshToken, ...changed });
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly scope?: string;
  readonly expires_in: number;
}

export async function tokensOf(answer: Response | Promise<Response>): Promise<Tokens> {
  const response = await answer;
  if (response.status !== 200) throw new Error(`Answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Tokens;
}

/** What a token says, unchecked. */
export function claimsIn(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}
