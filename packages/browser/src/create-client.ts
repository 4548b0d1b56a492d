import { LatchkeyError } from './errors.ts';
import type { ClientOptions } from './options.ts';
import { fetchAs } from './fetch-as.ts';
import { SESSION_PATH, SESSION_ACCOUNTS_PATH, SIGN_IN_PATH, MAX_SLOTS } from './paths.ts';
import { askServer, type AskServer } from './requests.ts';
import { ServerClock } from './server-clock.ts';
import { SessionState, type StateListener } from './session-state.ts';
import { SIGNED_OUT, type Account, type Session, type SignInState, type User } from './sign-in-state.ts';
import { tabSlot } from './tab-slot.ts';

export interface SignInInput {
  readonly email: string;
  readonly password: string;
  /** Whether the session outlives the browser. */
  readonly remember?: boolean;
}

export interface SignInOptions {
  /** With `slots`: the tab's account from then on, where it succeeds. `new`: beside those that there are. */
  readonly slot?: number | null | 'new';
}

export interface LatchkeyClient {
  /** Who is signed in, as far as this page knows; asks nobody. The same object until something changes. */
  readonly state: SignInState;
  /** Called after every change, with what was before. Gives a function that ends it. */
  subscribe(listener: StateListener): () => void;
  /** Asks the server who is signed in, once for all tabs that ask at the same time. @throws {LatchkeyError} */
  refresh(): Promise<SignInState>;
  /** Which of the browser's accounts this tab uses, with `slots`; null for the first. */
  readonly slot: number | null;
  /** The accounts that this browser is signed in to. @throws {LatchkeyError} */
  accounts(): Promise<readonly Account[]>;
  /** With `slots`: this tab is that account's from now on. Other tabs stay as they are. @throws {LatchkeyError} */
  useAccount(slot: number | null): Promise<SignInState>;
  /**
   * @throws {LatchkeyError} `invalid_credentials`, `email_not_verified`, `too_many_requests`, `offline` …, and `no_free_slot`
   * where the browser has as many accounts as it can.
   */
  signIn(input: SignInInput, options?: SignInOptions): Promise<SignInState>;
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
export function createClient(options: ClientOptions = {}): LatchkeyClient {
  const { mode, slots = false } = options;
  let slot = slots ? tabSlot.get() : null;
  const clock = new ServerClock();
  const ask = askServer(() => slot, clock);
  const session = new SessionState(nameOf(slot), ask);
  const requests = fetchAs({ ask, session, clock, slotNow: () => slot, options });
  requests.dropTokens();
  session.subscribe((state, before) => {
    if (idOf(state) !== idOf(before)) requests.dropTokens();
  });

  const use = (chosen: number | null): void => {
    if (chosen === slot) return;
    tabSlot.set(chosen);
    slot = chosen;
    requests.dropTokens();
    session.move(nameOf(slot));
  };
  const signIn = async (input: SignInInput, wanted: SignInOptions['slot']): Promise<SignInState> => {
    const chosen = wanted === 'new' ? freeSlot(await readAccounts(ask)) : (wanted ?? null);
    const answer = await ask({
      path: SIGN_IN_PATH,
      body: { ...input, mode: mode === 'jwt-cookie' ? mode : undefined },
      slot: chosen,
    });
    const signedIn = (await answer.json()) as { user: User; session: Session };
    use(chosen);
    session.announce({ status: 'signed-in', ...signedIn });
    await requests.prepare();
    return session.current;
  };

  return {
    get state() {
      return session.current;
    },
    get slot() {
      return slot;
    },
    subscribe: (listener) => session.subscribe(listener),
    refresh: () => session.refresh(),
    accounts: () => readAccounts(ask),
    useAccount: async (chosen) => {
      use(chosen);
      return session.refresh();
    },
    signIn: (input, { slot: wanted = slot } = {}) => signIn(input, wanted),
    signOut: async () => {
      const asked = slot;
      await ask({ path: SESSION_PATH, method: 'DELETE' });
      if (asked === slot) session.announce(SIGNED_OUT);
    },
    fetch: requests.fetch,
    close: () => {
      requests.close();
      session.close();
    },
  };
}

/** Of an account of the browser: tabs that use it tell each other by it. */
function nameOf(slot: number | null): string {
  return `latchkey${slot === null ? '' : `.${slot}`}`;
}

async function readAccounts(ask: AskServer): Promise<readonly Account[]> {
  const answer = await ask({ path: SESSION_ACCOUNTS_PATH });
  return ((await answer.json()) as { accounts: Account[] }).accounts;
}

function freeSlot(accounts: readonly Account[]): number {
  let slot = 0;
  while (accounts.some((account) => account.slot === slot)) slot += 1;
  if (slot < MAX_SLOTS) return slot;
  throw new LatchkeyError('no_free_slot', 0);
}

/** Of the session: tokens of another one are void. */
function idOf(state: SignInState): string | undefined {
  return state.status === 'signed-in' ? state.session.id : undefined;
}
