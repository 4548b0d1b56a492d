import { expect, test } from 'vitest';
import { decideSelfSignedAccess } from './self-signed.ts';

const A = 'https://a.example';
const B = 'https://b.example';
const CLIENT = {
  grants: ['client_credentials'],
  scopes: ['orders:read', 'admin', 'introspect'],
  audiences: [A, B],
  dpopBound: false,
};

test.each<[name: string, client: Partial<typeof CLIENT>, reader: string[], audiences: string[] | undefined]>([
  ['where it may go', {}, [A], [A]],
  ['not of where else it may go', {}, [B, 'https://c.example'], [B]],
  ['all of it to whoever has no audience', {}, [], [A, B]],
  ['with the grant of service accounts', { grants: ['urn:ietf:params:oauth:grant-type:jwt-bearer'] }, [A], [A]],
  ['nothing of a client of others', {}, ['https://c.example'], undefined],
  ['nothing of an address that looks alike', {}, [`${A}/`], undefined],
  ['nothing of a client without audiences', { audiences: [] }, [], undefined],
  ['nothing of one that acts for users alone', { grants: ['authorization_code', 'refresh_token'] }, [A], undefined],
  ['nothing of one without a grant', { grants: [] }, [A], undefined],
  ['nothing of one whose tokens are bound to a key', { dpopBound: true }, [A], undefined],
])('a resource server is told %s', (_name, client, reader, audiences) => {
  const access = decideSelfSignedAccess({ ...CLIENT, ...client }, { audiences: reader });
  expect(access).toEqual(audiences && { audiences, scopes: ['orders:read'] });
});
