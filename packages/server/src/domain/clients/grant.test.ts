import { describe, expect, test } from 'vitest';
import type { Client } from './client.ts';
import { decideClientGrant, type ClientGrantRequest } from './grant.ts';

const ISSUER = 'https://id.example.com';
const A = 'https://a.example';
const B = 'https://b.example';

const CLIENT: Pick<Client, 'grants' | 'scopes' | 'audiences'> = {
  grants: ['client_credentials'],
  scopes: ['orders:read', 'orders:write', 'introspect', 'admin'],
  audiences: [A, B],
};

const decide = (request: Partial<ClientGrantRequest>, client: Partial<typeof CLIENT> = {}) => {
  const decision = decideClientGrant(
    { ...CLIENT, ...client },
    { scope: undefined, audiences: [A], ...request },
    ISSUER,
  );
  return decision.kind === 'granted' ? [decision.audience, decision.scopes.join(' ')] : decision.kind;
};

describe('a token for the client itself', () => {
  test.each<[request: Partial<ClientGrantRequest>, expected: string | string[]]>([
    [{}, [A, 'orders:read orders:write']],
    [{ audiences: [B] }, [B, 'orders:read orders:write']],
    [{ audiences: [B, B] }, [B, 'orders:read orders:write']],
    [{ scope: 'orders:read' }, [A, 'orders:read']],
    [{ scope: 'orders:read orders:read' }, [A, 'orders:read']],
    // Power over this server only when it is asked for.
    [{ scope: 'admin introspect' }, [A, 'admin introspect']],
    [{ scope: 'orders:read orders:delete' }, 'invalid_scope'],
    [{ scope: 'revocations:read' }, 'invalid_scope'],
    [{ scope: 'ORDERS:READ' }, 'invalid_scope'],
    [{ scope: ' orders:read' }, 'invalid_scope'],
    [{ scope: 'orders:read\torders:write' }, 'invalid_scope'],
    [{ scope: 'constructor' }, 'invalid_scope'],
    [{ audiences: [] }, 'invalid_target'],
    [{ audiences: [A, B] }, 'invalid_target'],
    [{ audiences: [`${A}/`] }, 'invalid_target'],
    [{ audiences: [ISSUER] }, 'invalid_target'],
    [{ audiences: [A, 'https://evil.example'] }, 'invalid_target'],
  ])('%j', (request, expected) => {
    expect(decide(request)).toEqual(expected);
  });

  test.each<[client: Partial<typeof CLIENT>, audiences: string[], expected: string | string[]]>([
    [{ audiences: [A] }, [], [A, 'orders:read orders:write']],
    [{ audiences: [] }, [], [ISSUER, 'orders:read orders:write']],
    [{ audiences: [] }, [ISSUER], [ISSUER, 'orders:read orders:write']],
    [{ audiences: [] }, [A], 'invalid_target'],
    [{ scopes: [] }, [A], [A, '']],
    [{ scopes: ['admin'] }, [A], [A, '']],
    [{ grants: [] }, [A], 'unauthorized_client'],
  ])('of a client with %j that asks for %j', (client, audiences, expected) => {
    expect(decide({ audiences }, client)).toEqual(expected);
  });
});
