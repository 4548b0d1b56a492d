import type { ClientId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { listConsents, listHeldAuthorizations } from '../storage/authorizations.ts';
import type { OperationContext } from './context.ts';

/** A client that a user let in, or that holds a session of theirs. */
export interface ClientAccess {
  readonly clientId: ClientId;
  readonly name: string;
  /** All that it may have: by consent, or in its sessions. */
  readonly scopes: readonly string[];
  /** Since when at least. */
  readonly since: Instant;
  /** When it last used one of the sessions that it holds; null where it holds none. */
  readonly lastUsedAt: Instant | null;
}

/** The clients that may do something for the user, by their names. */
export async function listAuthorizations(
  { store, clock }: OperationContext,
  userId: UserId,
): Promise<readonly ClientAccess[]> {
  const [consents, held] = await Promise.all([
    listConsents(store.queries, userId),
    listHeldAuthorizations(store.queries, userId, clock()),
  ]);
  const parts: readonly ClientAccess[] = [...consents.map((consent) => ({ ...consent, lastUsedAt: null })), ...held];
  const each = [...Map.groupBy(parts, ({ clientId }) => clientId).values()];
  return each
    .flatMap(join)
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en') || (a.clientId < b.clientId ? -1 : 1));
}

function join(parts: readonly ClientAccess[]): readonly ClientAccess[] {
  const [first] = parts;
  if (first === undefined) return [];
  const uses = parts.flatMap(({ lastUsedAt }) => lastUsedAt ?? []);
  return [
    {
      ...first,
      scopes: [...new Set(parts.flatMap(({ scopes }) => scopes))],
      since: Math.min(...parts.map(({ since }) => since)),
      lastUsedAt: uses.length === 0 ? null : Math.max(...uses),
    },
  ];
}
