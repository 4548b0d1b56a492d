import type { FetchLike } from '../keys/fetch-key-set.ts';
import type { SignatureAlgorithm } from '../keys/algorithms.ts';
import { readKeySet, type VerificationKey } from '../keys/read-key-set.ts';
import { readText, requestOfIssuer } from '../revocations/issuer-requests.ts';
import type { Runtime } from '../runtime.ts';
import { isArrayOfFilledStrings, isScope } from '../token/claims.ts';
import { parseJsonObject, type JsonObject } from '../token/json-object.ts';

/** A client that may show itself, as the issuer tells of it. */
export interface KnownClient {
  readonly id: string;
  readonly version: number;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
}

/** A key of a client. Its `kid` here is the client's id and the client's own name for it: two clients may have the same. */
export interface ClientKey extends VerificationKey {
  readonly client: KnownClient;
  /** The key by its own name. */
  readonly plain: VerificationKey;
}

export type ClientKeys = ReadonlyMap<string, ClientKey>;

/** Some ten thousand clients. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;
const CLIENT_ID = /^cli_[0-9a-f]{32}$/;

/** The name of a client's key among those of all clients; undefined for what is no id of a client. */
export function clientKeyName(clientId: unknown, kid: string): string | undefined {
  return typeof clientId === 'string' && CLIENT_ID.test(clientId) ? `${clientId} ${kid}` : undefined;
}

/** Gets what the issuer tells of clients. @throws {Error} What went wrong; never with anything of the answer's body. */
export async function fetchClientKeys(
  uri: string,
  authorization: string,
  fetch: FetchLike,
  timeoutMs: number,
): Promise<JsonObject> {
  const signal = AbortSignal.timeout(timeoutMs);
  const init = { headers: { accept: 'application/json' }, signal };
  const response = await requestOfIssuer(uri, init, authorization, fetch);
  const text = await readText(response, MAX_DOCUMENT_BYTES, signal);
  const document = response.status === 200 ? parseJsonObject(new TextEncoder().encode(text)) : undefined;
  if (document === undefined) throw new Error('The keys of clients are not a JSON object');
  return document;
}

/**
 * Reads what the issuer tells of clients. A client or a key that cannot be used is skipped; one client twice makes the
 * whole worthless, for nobody knows which of them holds.
 *
 * @param previous - What came again is taken from here, so that it stays the same object.
 * @returns Undefined if this is no such document at all.
 */
export async function readClientKeys(
  document: JsonObject,
  algorithms: readonly SignatureAlgorithm[],
  runtime: Runtime,
  previous: ClientKeys,
): Promise<ClientKeys | undefined> {
  const { clients } = document;
  if (!Array.isArray(clients)) return undefined;
  const known = Map.groupBy(previous.values(), ({ client }) => client.id);
  const seen = new Set<string>();
  const keys = new Map<string, ClientKey>();
  for (const member of clients as readonly unknown[]) {
    const client = readClient(member);
    if (client === undefined) continue;
    if (seen.has(client.id)) return undefined;
    seen.add(client.id);
    const before = known.get(client.id) ?? [];
    const plainBefore = new Map(before.map(({ plain }) => [plain.kid, plain]));
    const own = await readKeySet(member as JsonObject, algorithms, runtime, plainBefore);
    for (const plain of own?.values() ?? []) {
      const same = before.find((key) => key.plain === plain && isSame(key.client, client));
      const kid = `${client.id} ${plain.kid}`;
      keys.set(kid, same ?? { ...plain, kid, plain, client });
    }
  }
  return keys;
}

function readClient(member: unknown): KnownClient | undefined {
  if (typeof member !== 'object' || member === null || Array.isArray(member)) return undefined;
  const { client_id: id, version, scope, audience } = member as JsonObject;
  if (clientKeyName(id, '') === undefined || !Number.isSafeInteger(version)) return undefined;
  if (scope !== undefined && !isScope(scope)) return undefined;
  if (!isArrayOfFilledStrings(audience)) return undefined;
  return Object.freeze({
    id: id as string,
    version: version as number,
    scopes: Object.freeze(scope === undefined ? [] : scope.split(' ')),
    audiences: audience,
  });
}

function isSame(left: KnownClient, right: KnownClient): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
