/** What lets client libraries talk to the server of a test: it is on this machine, without TLS. */
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';

// oxlint-disable-next-line typescript/no-deprecated -- deprecated only to stand out
export const { allowInsecureRequests } = openid;
// oxlint-disable-next-line typescript/no-deprecated -- the same
export const insecure = { [oauth.allowInsecureRequests]: true } as const;
