import type { ProtectedResource } from './protected-resource.ts';

/** An HTTP answer, for any server to send. */
interface MetadataAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const MAX_AGE_SECONDS = 3600;

/** The answer to a request for a resource server's metadata (RFC 9728 §3.2): the same for everybody, without a token. */
export function answerMetadata({ metadata }: ProtectedResource, method: string): MetadataAnswer {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { Allow: 'GET, HEAD' }, body: '' };
  const headers = {
    'Content-Type': 'application/json',
    'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}`,
    // Pages of other origins are clients, too.
    'Access-Control-Allow-Origin': '*',
  };
  return { status: 200, headers, body: method === 'HEAD' ? '' : JSON.stringify(metadata) };
}
