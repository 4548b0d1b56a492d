import { createInterface } from 'node:readline/promises';
import type { Steps } from './steps.ts';

/** The user does it in the window, and says in the terminal when it is done. Standard output stays for the report. */
export function stepsByHand(): Steps {
  return {
    signIn: async () => {
      await ask('Sign in in the window that has opened, then press Enter here. ');
    },
    signOut: async () => {
      const answer = await ask('Now sign out in the window, then press Enter here (s and Enter: without). ');
      return answer.trim().toLowerCase() !== 's';
    },
  };
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}
