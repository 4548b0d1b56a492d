import { lookup as lookupAll, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Agent, fetch as undiciFetch } from 'undici';
import type { AddressRange } from '../domain/network/client-address.ts';
import { isAllowedAddress } from '../domain/network/allowed-address.ts';
import { isPrivateTransport } from '../domain/network/host-name.ts';
import type { OutboundFailure, OutboundRequest, OutboundRequests, OutboundResult } from '../operations/outbound.ts';

const TIMEOUT_MS = 5000;

/** Thrown where the connection would be made, so that nothing lies between the check and the use of an address. */
class AddressNotAllowedError extends Error {
  override readonly name = 'AddressNotAllowedError';
}

class TooLongError extends Error {
  override readonly name = 'TooLongError';
}

/**
 * Requests by undici, whose every connection goes through the check of its address.
 *
 * @param networks - Networks that may be reached beside the public ones.
 */
export function createOutboundRequests(networks: readonly AddressRange[]): OutboundRequests {
  let loading: Promise<Sender> | undefined;
  return {
    send: async (request) => {
      const url = URL.parse(request.url);
      if (url === null || !isAllowedUrl(url, networks)) return { kind: 'failed', reason: 'address_not_allowed' };
      try {
        loading ??= loadSender(networks);
        return await send(url, request, await loading);
      } catch (error) {
        return { kind: 'failed', reason: failureOf(error) };
      }
    },
  };
}

interface Sender {
  readonly fetch: typeof undiciFetch;
  readonly agent: Agent;
}

/** Loaded with the first request: most servers send none, and it would take a tenth of a second of each command. */
async function loadSender(networks: readonly AddressRange[]): Promise<Sender> {
  const { Agent, fetch } = await import('undici');
  const agent = new Agent({
    connect: { lookup: guardedLookup(networks), timeout: TIMEOUT_MS },
    // A connection lives for one request: a name may lead elsewhere at the next.
    pipelining: 0,
  });
  return { fetch, agent };
}

async function send(
  url: URL,
  { form, accept, maxBytes }: OutboundRequest,
  { fetch, agent }: Sender,
): Promise<OutboundResult> {
  const response = await fetch(url, {
    method: form === undefined ? 'GET' : 'POST',
    ...(form !== undefined && { body: new URLSearchParams(form) }),
    headers: { Accept: accept, 'User-Agent': 'Latchkey' },
    // A redirect is the other side's choice of where this server goes (RFC 9110 §15.4).
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    dispatcher: agent,
  });
  const { status } = response;
  if (maxBytes === undefined) {
    // The connection ends with it, whatever is still to come. One that broke meanwhile has said its status.
    await response.body?.cancel().catch(() => {});
    return { kind: 'answered', status, body: '' };
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) throw new TooLongError();
    chunks.push(chunk);
  }
  return { kind: 'answered', status, body: Buffer.concat(chunks).toString('utf8') };
}

/** Names are checked where they are resolved; an address that is written out is never resolved. */
function isAllowedUrl(url: URL, networks: readonly AddressRange[]): boolean {
  if (url.username !== '' || url.password !== '' || !isPrivateTransport(url)) return false;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 || isAllowedAddress(host, networks);
}

/** Resolves a name, and refuses it where any of its addresses is not allowed: which one is used is not ours to say. */
function guardedLookup(networks: readonly AddressRange[]): LookupFunction {
  return (hostname, options, callback) => {
    lookupAll(hostname, { ...options, all: true }, (error, addresses: LookupAddress[] | undefined) => {
      if (error !== null) return callback(error, []);
      const [first] = addresses ?? [];
      if (first === undefined || addresses?.every(({ address }) => isAllowedAddress(address, networks)) !== true) {
        return callback(new AddressNotAllowedError(), []);
      }
      if (options.all === true) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

function failureOf(error: unknown): OutboundFailure {
  if (error instanceof TooLongError) return 'too_long';
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'timed_out';
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof AddressNotAllowedError ? 'address_not_allowed' : 'unreachable';
}
