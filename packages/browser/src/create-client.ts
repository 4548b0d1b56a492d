import { ApiTokens } from './api-tokens.ts';
import { LatchkeyError } from './errors.ts';
import type { Api, ClientOptions } from './options.ts';
import { SIGN_IN_PATH, SIGN_OUT_PATH, SLOT_HEADER } from './paths.ts';
import { askServer } from './requests.ts';
import { ServerClock } from './server-clock.ts';
import { SessionState, type StateListener } from './session-state.ts';
import { SIGNED_OUT, type Session, type SignInState, type User } from './sign-in-state.ts';
import { tabSlot } from './tab-slot.ts';

export interface SignInInput {
  readonly email: string;
  readonly password: string;
  /** Whether the session outlives the browser. */
  readonly remember?: boolean;
}

export interface LatchkeyClient {
  /** Who is signed in, as far as this page knows; asks nobody. The same object until something changes. */
  readonly state: SignInState;
  /** Called after every change, with what was before. Gives a function that ends it. */
  subscribe(listener: StateListener): () => void;
  /** Asks the server who is signed in, once for all tabs that ask at the same time. @throws {LatchkeyError} */
  refresh(): Promise<SignInState>;
  /** @throws {LatchkeyError} `invalid_credentials`, `email_not_verified`, `too_many_requests`, `offline` … */
  signIn(input: SignInInput): Promise<SignInState>;
  /** Ends the session, here and in all tabs that use it. @throws {LatchkeyError} */
  signOut(): Promise<void>;
  /**
   * As the global `fetch`: for this origin with the tab's account, for an API with an access token. Where the answer is
   * 401, finds out whether somebody is signed in, and if so tries once more.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** Stops listening, and forgets all tokens. */
  close(): void;
}

/** Makes the client of a page. On a server it is there, too, and knows nobody. */
export function createClient({ mode = 'session', apis = [], dpop, slots = false }: ClientOptions = {}): LatchkeyClient {
  const slot = slots ? tabSlot.get() : undefined;
  const clock = new ServerClock();
  const ask = askServer(slot, clock);
  const session = new SessionState(`latchkey${slot === undefined ? '' : `.${slot}`}`, ask);
  const tokens = new ApiTokens(ask, dpop, clock);
  session.subscribe((state, before) => {
    if (idOf(state) !== idOf(before)) tokens.drop();
  });

  const apiOf = (url: URL): Api | undefined =>
    mode === 'memory' ? apis.find(({ origin }) => origin === url.origin) : undefined;

  /** The session has ended elsewhere: now this page knows as well. */
  const refreshWhereNobody = async (error: unknown): Promise<never> => {
    if (error instanceof LatchkeyError && error.status === 401) await session.refresh();
    throw error;
  };

  const send = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const api = apiOf(url);
    if (api === undefined) {
      if (slot !== undefined && url.origin === location.origin) request.headers.set(SLOT_HEADER, `${slot}`);
      return fetch(request);
    }
    const held = await tokens.get(api).catch(refreshWhereNobody);
    request.headers.set('Authorization', `${held.type} ${held.token}`);
    const proof = await dpop?.prove(request.method, request.url, clock.now(), held.token);
    if (proof !== undefined) request.headers.set('DPoP', proof);
    const response = await fetch(request);
    if (response.status === 401) tokens.drop(held);
    return response;
  };

  return {
    get state() {
      return session.current;
    },
    subscribe: (listener) => session.subscribe(listener),
    refresh: () => session.refresh(),
    signIn: async (input) => {
      const answer = await ask({ path: SIGN_IN_PATH, body: input });
      session.announce({ status: 'signed-in', ...((await answer.json()) as { user: User; session: Session }) });
      return session.current;
    },
    signOut: async () => {
      await ask({ path: SIGN_OUT_PATH, method: 'POST' });
      session.announce(SIGNED_OUT);
    },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      // Before the first use: a body can be read once.
      const again = request.clone();
      const response = await send(request);
      const isOurs = new URL(request.url).origin === location.origin || apiOf(new URL(request.url)) !== undefined;
      if (response.status !== 401 || !isOurs) return response;
      const { status } = await session.refresh();
      return status === 'signed-in' ? send(again) : response;
    },
    close: () => {
      tokens.drop();
      session.close();
    },
  };
}

/** Of the session: tokens of another one are void. */
function idOf(state: SignInState): string | undefined {
  return state.status === 'signed-in' ? state.session.id : undefined;
}
