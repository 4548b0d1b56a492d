import { createContext, createElement, useContext, useEffect, useSyncExternalStore, type ReactNode } from 'react';
import type { LatchkeyClient } from './create-client.ts';
import { UNKNOWN, type SignInState } from './sign-in-state.ts';

const ClientContext = createContext<LatchkeyClient | undefined>(undefined);

/** Gives a client to all components below, and asks once who is signed in. */
export function LatchkeyProvider(props: { readonly client: LatchkeyClient; readonly children?: ReactNode }): ReactNode {
  const { client, children } = props;
  useEffect(() => {
    // Where the server cannot be reached the client tries again by itself.
    if (client.state.status === 'unknown') void client.refresh().catch(() => {});
  }, [client]);
  return createElement(ClientContext.Provider, { value: client }, children);
}

/** The client. @throws {Error} outside of a {@link LatchkeyProvider}. */
export function useLatchkey(): LatchkeyClient {
  const client = useContext(ClientContext);
  if (client === undefined) throw new Error('useLatchkey: there is no LatchkeyProvider above');
  return client;
}

/** Who is signed in; renders anew when that changes. While a server renders it is `unknown`. */
export function useSignInState(): SignInState {
  const client = useLatchkey();
  return useSyncExternalStore(
    (changed) => client.subscribe(changed),
    () => client.state,
    () => UNKNOWN,
  );
}
