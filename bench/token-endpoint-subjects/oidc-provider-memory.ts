import { openOidcProvider } from './open-oidc-provider.ts';
import { serveTokenEndpoint } from './serve-token-endpoint.ts';

serveTokenEndpoint(async (options) => openOidcProvider(options));
