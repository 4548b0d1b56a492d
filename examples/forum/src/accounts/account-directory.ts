import { z } from 'zod';
import { LatchkeyUnavailable, type ServiceClient } from './authorization-server.ts';

const TIMEOUT_MS = 5000;
const SCOPE = 'admin:users:read';

const user = z.object({ id: z.string(), email: z.string(), banned_at: z.string().nullable() });
const problem = z.object({ code: z.literal('not_found') });

/** What the forum asks of an account, at the moment when it needs it. It keeps no address. */
export type Account =
  | { readonly kind: 'there'; readonly email: string; readonly isBanned: boolean }
  | { readonly kind: 'gone' };

/** Latchkey's accounts, as the forum's service account may read them (`/admin/api`). */
export class AccountDirectory {
  readonly #issuer: string;
  readonly #client: Pick<ServiceClient, 'token' | 'forgetToken'>;

  constructor(issuer: string, client: Pick<ServiceClient, 'token' | 'forgetToken'>) {
    this.#issuer = issuer;
    this.#client = client;
  }

  /** @throws LatchkeyUnavailable for every answer that does not say clearly whether the account is there. */
  async find(id: string): Promise<Account> {
    const response = await this.#get(`/admin/api/users/${encodeURIComponent(id)}`);
    const body: unknown = await response.json().catch(() => undefined);
    if (response.status === 200) {
      const { success, data } = user.safeParse(body);
      // Somebody else's address would be sent what is for this one.
      if (success && data.id === id) return { kind: 'there', email: data.email, isBanned: data.banned_at !== null };
    }
    // Names are taken away for good, so a proxy's 404 is not enough: where this one is not, others must be.
    if (response.status === 404 && problem.safeParse(body).success && (await this.#isThere())) return { kind: 'gone' };
    throw new LatchkeyUnavailable(`Latchkey's management API answered ${response.status}`);
  }

  async #isThere(): Promise<boolean> {
    const response = await this.#get('/admin/api/users?limit=1');
    const list = z.object({ users: z.array(user).min(1) }).safeParse(await response.json().catch(() => undefined));
    return response.ok && list.success;
  }

  async #get(path: string): Promise<Response> {
    const response = await this.#fetch(path);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    this.#client.forgetToken();
    return this.#fetch(path);
  }

  async #fetch(path: string): Promise<Response> {
    const headers = { Authorization: `Bearer ${await this.#client.token(SCOPE)}`, Accept: 'application/json' };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return fetch(this.#issuer + path, { headers, signal, redirect: 'error' }).catch((error: unknown) => {
      throw new LatchkeyUnavailable('Latchkey cannot be reached', { cause: error });
    });
  }
}
