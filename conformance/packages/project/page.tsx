/** A user's page. */
import { createClient, LatchkeyError } from '@latchkey/browser';
import { createProofMaker } from '@latchkey/browser/dpop';
import { LatchkeyProvider, useLatchkey, useSignInState } from '@latchkey/browser/react';

const API = 'https://api.example.com';

export async function start() {
  return createClient({ mode: 'memory', apis: [{ origin: API }], dpop: await createProofMaker() });
}

function Greeting() {
  const client = useLatchkey();
  const state = useSignInState();
  if (state.status !== 'signed-in') return <p>Nobody is signed in.</p>;
  return <button onClick={() => void client.signOut()}>Sign {state.user.email} out</button>;
}

export function App({ client }: { readonly client: Awaited<ReturnType<typeof start>> }) {
  return (
    <LatchkeyProvider client={client}>
      <Greeting />
    </LatchkeyProvider>
  );
}

export const isKnown = (error: unknown): boolean => error instanceof LatchkeyError;
