import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from '@latchkey/browser';
import { LatchkeyProvider, useSignInState } from '@latchkey/browser/react';
import { Notes } from './notes.tsx';
import { SignIn } from './sign-in.tsx';

/** One for the page, outside of components: StrictMode renders those twice. */
const client = createClient();

function Page() {
  const state = useSignInState();
  switch (state.status) {
    // Neither: who is signed in sees no form for a moment, and the other way round.
    case 'unknown':
      return null;
    case 'signed-out':
      return <SignIn />;
    case 'signed-in':
      // What is on the screen is of one user, and goes when another one comes.
      return <Notes key={state.user.id} user={state.user} />;
  }
}

const root = document.querySelector('#root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <LatchkeyProvider client={client}>
        <Page />
      </LatchkeyProvider>
    </StrictMode>,
  );
}
