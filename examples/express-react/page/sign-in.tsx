import { useState, type SubmitEvent } from 'react';
import { LatchkeyError } from '@latchkey/browser';
import { useLatchkey } from '@latchkey/browser/react';

const PROBLEMS = new Map([
  ['invalid_credentials', 'E-mail or password is wrong.'],
  ['email_not_verified', 'Open the link in the mail that we sent you first.'],
  ['too_many_requests', 'Too many attempts. Wait a moment.'],
  ['offline', 'The server cannot be reached.'],
]);

/** Signs in without leaving the page; the other tabs hear of it. */
export function SignIn() {
  const client = useLatchkey();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);

  const signIn = async (): Promise<void> => {
    setBusy(true);
    try {
      await client.signIn({ email, password });
    } catch (error) {
      setProblem(PROBLEMS.get(error instanceof LatchkeyError ? error.code : '') ?? 'That did not work.');
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void signIn();
  };

  return (
    <>
      <form onSubmit={submit}>
        <label htmlFor="email">E-mail</label>
        <input
          id="email"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <label htmlFor="password">Password</label>
        <input
          id="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <button disabled={isBusy}>Sign in</button>
      </form>
      <p className="wrong" role="alert">
        {problem}
      </p>
      <p>
        <a href="/sign-up">Sign up</a> · <a href="/forgot-password">Forgot your password?</a>
      </p>
    </>
  );
}
