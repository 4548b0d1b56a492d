import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { temporaryDirectory } from '../harness/temporary-directory.ts';
import { openRotatingLatchkey, type RotatingLatchkey } from './open-latchkey.ts';
import { serveRefreshSubject } from './serve-refresh-subject.ts';

type Refreshed = NonNullable<Awaited<ReturnType<RotatingLatchkey['refresh']>>>;

/**
 * The operation behind a small handler of `node:http`, which reads the form and answers as a token endpoint does.
 *
 * @param tell - What the answer tells besides the next refresh token.
 */
export function serveLatchkey(
  tell: (latchkey: RotatingLatchkey, refreshed: Refreshed) => Promise<Readonly<Record<string, unknown>>>,
): void {
  serveRefreshSubject(async () => {
    const latchkey = await openRotatingLatchkey(`sqlite:${temporaryDirectory()}/latchkey.db`);
    const handler = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const form = new URLSearchParams(await text(request));
      const refreshed = await latchkey.refresh(form.get('refresh_token') ?? '');
      if (refreshed === undefined) answerJson(response, 400, { error: 'invalid_grant' });
      else answerJson(response, 200, { ...(await tell(latchkey, refreshed)), refresh_token: refreshed.next });
    };
    return { path: '/token', clientId: 'bench', handler, begin: latchkey.begin };
  });
}

function answerJson(response: ServerResponse, status: number, content: Readonly<Record<string, unknown>>): void {
  const body = JSON.stringify(content);
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': body.length,
  });
  response.end(body);
}
