import { randomBytes } from 'node:crypto';
import type { ServerProcess } from './server-process.ts';

export interface Account {
  readonly email: string;
  readonly password: string;
  readonly name: string;
}

/** What a person would type at sign-up. Nobody has signed up with it yet. */
export function newAccount(name = 'Ada Example'): Account {
  return {
    email: `${randomBytes(6).toString('hex')}@example.org`,
    password: randomBytes(12).toString('base64url'),
    name,
  };
}

/** Signs up and confirms the address as a program does: for tests of what comes afterwards. */
export async function createAccount(server: ServerProcess, account: Account = newAccount()): Promise<Account> {
  await expectStatus(202, await signUp(server.origin, account));
  const token = tokenIn((await server.mailTo(account.email)).links);
  await expectStatus(200, await post(server.origin, '/api/email-verification/confirm', { token }));
  return account;
}

export function signUp(origin: string, account: Account): Promise<Response> {
  return post(origin, '/api/sign-up', account);
}

export function signIn(origin: string, { email, password }: Account, remember = false): Promise<Response> {
  return post(origin, '/api/sign-in', { email, password, remember });
}

/** Signs in and gives the `Cookie` header for what comes next. */
export async function cookieOf(origin: string, account: Account): Promise<string> {
  const response = await expectStatus(200, await signIn(origin, account));
  return cookieSetBy(response);
}

/** What a browser would send after this answer. */
function cookieSetBy(response: Response): string {
  const [cookie] = response.headers.getSetCookie();
  if (cookie === undefined) throw new Error('The answer sets no cookie');
  return cookie.split(';', 1)[0] ?? '';
}

export function post(
  origin: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(origin + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
}

/** The one-time token in the links of a mail. */
export function tokenIn(links: readonly string[]): string {
  const token = links.map((link) => new URL(link).searchParams.get('token')).find((found) => found !== null);
  if (!token) throw new Error(`No link has a token: ${links.join(' ')}`);
  return token;
}

async function expectStatus(status: number, response: Response): Promise<Response> {
  if (response.status !== status) throw new Error(`Answered ${response.status}: ${await response.text()}`);
  return response;
}
