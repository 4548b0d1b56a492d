import type { ServerResponse } from 'node:http';

interface Stored {
  readonly status: number;
  readonly headers: readonly [string, string | string[]][];
  readonly body: Buffer;
}

/** A cache in front of an application, for all its visitors. */
export interface SharedCache {
  /** Answers from the store, if it holds one. */
  answer(url: string, response: ServerResponse): boolean;
  /** Looks at an answer while it leaves, and keeps it where it says `public`: with its `Set-Cookie`, RFC 9111 §7.3. */
  watch(url: string, response: ServerResponse): void;
}

export function createSharedCache(): SharedCache {
  const store = new Map<string, Stored>();
  return {
    answer: (url, response) => {
      const stored = store.get(url);
      if (!stored) return false;
      for (const [name, value] of stored.headers) response.setHeader(name, value);
      response.setHeader('Age', '1');
      response.writeHead(stored.status).end(stored.body);
      return true;
    },
    watch: (url, response) => {
      const end = response.end.bind(response);
      response.end = (...args: readonly unknown[]) => {
        const cacheControl = String(response.getHeader('Cache-Control') ?? '');
        if (response.statusCode === 200 && /public/.test(cacheControl) && !/no-store|private/.test(cacheControl)) {
          const headers = Object.entries(response.getHeaders()).map(([name, value]): [string, string | string[]] => [
            name,
            Array.isArray(value) ? [...value] : String(value),
          ]);
          store.set(url, { status: 200, headers, body: Buffer.from(typeof args[0] === 'string' ? args[0] : '') });
        }
        return end(args[0]);
      };
    },
  };
}
