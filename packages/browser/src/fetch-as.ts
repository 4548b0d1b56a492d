import type { ApiTokens } from './api-tokens.ts';
import { LatchkeyError } from './errors.ts';
import type { Api, ClientOptions } from './options.ts';
import { SLOT_HEADER } from './paths.ts';
import type { ServerClock } from './server-clock.ts';
import type { SessionState } from './session-state.ts';

interface Parts {
  readonly session: SessionState;
  readonly tokens: ApiTokens;
  readonly clock: ServerClock;
  readonly slotNow: () => number | null;
  readonly options: ClientOptions;
}

/** `fetch` as who the tab is. */
export function fetchAs({ session, tokens, clock, slotNow, options }: Parts): typeof fetch {
  const { mode, apis = [], dpop } = options;
  const apiOf = (origin: string): Api | undefined =>
    mode === 'memory' ? apis.find((api) => api.origin === origin) : undefined;

  /** The session has ended elsewhere: now this page knows as well. */
  const refreshWhereNobody = async (error: unknown): Promise<never> => {
    if (error instanceof LatchkeyError && error.status === 401) await session.refresh();
    throw error;
  };

  const sendHere = async (request: Request): Promise<Response> => {
    const slot = slotNow();
    if (slot !== null) request.headers.set(SLOT_HEADER, `${slot}`);
    return fetch(request);
  };

  const sendTo = async (api: Api, request: Request): Promise<Response> => {
    const held = await tokens.get(api).catch(refreshWhereNobody);
    request.headers.set('Authorization', `${held.type} ${held.token}`);
    const proof = await dpop?.prove(request.method, request.url, clock.now(), held.token);
    if (proof !== undefined) request.headers.set('DPoP', proof);
    const response = await fetch(request);
    if (response.status === 401) tokens.drop(held);
    return response;
  };

  return async (input, init) => {
    const request = new Request(input, init);
    const { origin } = new URL(request.url);
    const api = apiOf(origin);
    if (api === undefined && origin !== location.origin) return fetch(request);
    const send = (each: Request) => (api === undefined ? sendHere(each) : sendTo(api, each));
    // Before the first use: a body can be read once.
    const again = request.clone();
    const slot = slotNow();
    const response = await send(request);
    if (response.status !== 401) return response;
    const { status } = await session.refresh();
    // Not as another account than the one that it was meant for.
    return status === 'signed-in' && slot === slotNow() ? send(again) : response;
  };
}
