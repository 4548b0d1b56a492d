import { ApiTokens } from './api-tokens.ts';
import { LatchkeyError } from './errors.ts';
import type { Api, ClientOptions } from './options.ts';
import { SLOT_HEADER } from './paths.ts';
import type { AskServer } from './requests.ts';
import type { ServerClock } from './server-clock.ts';
import type { SessionState } from './session-state.ts';
import { TokenCookie } from './token-cookie.ts';

interface Parts {
  readonly ask: AskServer;
  readonly session: SessionState;
  readonly clock: ServerClock;
  readonly slotNow: () => number | null;
  readonly options: ClientOptions;
}

/** `fetch` as who the tab is, with the tokens that it needs. */
export function fetchAs({ ask, session, clock, slotNow, options }: Parts) {
  const { mode, audience, apis = [], dpop } = options;
  const tokens = new ApiTokens(ask, dpop, clock);
  const cookie = mode === 'jwt-cookie' ? new TokenCookie(ask, audience) : undefined;

  /** The session has ended elsewhere: now this page knows as well. */
  const refreshWhereNobody = async (error: unknown): Promise<never> => {
    if (error instanceof LatchkeyError && error.status === 401) await session.refresh();
    throw error;
  };

  const sendHere = async (request: Request): Promise<Response> => {
    const slot = slotNow();
    // Where there is none the service says so.
    if (session.current.status !== 'signed-out') await cookie?.ready().catch(() => {});
    if (slot !== null) request.headers.set(SLOT_HEADER, `${slot}`);
    const response = await fetch(request);
    if (response.status === 401) cookie?.drop();
    return response;
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

  return {
    fetch: async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      const request = new Request(input, init);
      const { origin } = new URL(request.url);
      const api = mode === 'memory' ? apis.find((each) => each.origin === origin) : undefined;
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
    },
    /** Those of another session are void. */
    dropTokens: (): void => {
      tokens.drop();
      cookie?.begin(slotNow());
    },
    /**
     * After a sign-in, so that a token that was on its way for somebody else does not stay: one is fetched at a time. Where it
     * fails it is fetched when it is needed.
     */
    prepare: async (): Promise<void> => cookie?.ready().catch(() => {}),
    close: (): void => {
      tokens.drop();
      cookie?.close();
    },
  };
}
