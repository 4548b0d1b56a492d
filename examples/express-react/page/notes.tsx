import { useEffect, useState, type SubmitEvent } from 'react';
import type { User } from '@latchkey/browser';
import { useLatchkey } from '@latchkey/browser/react';

/** What the API gives this user. A 401 makes the client find out that the session has ended: then this is gone. */
export function Notes({ user }: { readonly user: User }) {
  const client = useLatchkey();
  const [notes, setNotes] = useState<readonly string[]>([]);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');

  const call = async (init?: RequestInit): Promise<void> => {
    try {
      const response = await client.fetch('/notes', init);
      if (response.status === 401) return;
      if (!response.ok) throw new Error(`The server answered ${response.status}`);
      setNotes((await response.json()) as readonly string[]);
      setText('');
      setProblem('');
    } catch {
      if (init?.signal?.aborted !== true) setProblem('That did not work.');
    }
  };
  useEffect(() => {
    const leaving = new AbortController();
    void call({ signal: leaving.signal });
    return () => leaving.abort();
  }, [client]);
  const add = (event: SubmitEvent): void => {
    event.preventDefault();
    void call({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text }) });
  };

  return (
    <>
      <p className="soft">Signed in as {user.email}</p>
      <form onSubmit={add}>
        <label htmlFor="text">New note</label>
        <input
          id="text"
          required
          maxLength={200}
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button>Keep it</button>
      </form>
      <ul>
        {notes.map((note, index) => (
          <li key={notes.length - index}>{note}</li>
        ))}
      </ul>
      <button className="quiet" onClick={() => void client.signOut().catch(() => setProblem('That did not work.'))}>
        Sign out
      </button>
      <p className="wrong" role="alert">
        {problem}
      </p>
    </>
  );
}
