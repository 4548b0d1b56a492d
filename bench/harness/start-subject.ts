import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a subject's process can be asked for. Arguments and answers are copied from process to process. */
export type Operations<Ops> = { readonly [Name in keyof Ops]: (...args: never[]) => unknown };

export interface Question<Ops extends Operations<Ops>> {
  readonly name: keyof Ops;
  readonly args: Parameters<Ops[keyof Ops]>;
}

type Answer =
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly reason: string };

/** A product under test, in a process of its own: its heap, its compiled code and its core are not shared with others. */
export interface Subject<Ops extends Operations<Ops>> extends AsyncDisposable {
  /** Asks for one thing. Ask again only after the answer. Rejects with what went wrong in the subject. */
  ask<Name extends keyof Ops>(name: Name, ...args: Parameters<Ops[Name]>): Promise<Awaited<ReturnType<Ops[Name]>>>;
}

/**
 * Starts the module at `url`, which calls `answerParent`. Dispose of the subject to end its process.
 *
 * @param nodeOptions - Of Node. Not those of a test runner that this process may have been started by.
 */
export function startSubject<Ops extends Operations<Ops>>(url: URL, nodeOptions: readonly string[] = []): Subject<Ops> {
  const child = fork(fileURLToPath(url), [], {
    execArgv: [...nodeOptions],
    // What products warn of has been read, and would be in the midst of the progress.
    env: { ...process.env, NODE_ENV: 'production', NODE_NO_WARNINGS: '1' },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ask = async (name: keyof Ops, args: unknown[]): Promise<unknown> => {
    const answered = nextAnswer(child);
    child.send({ name, args });
    const answer = await answered;
    if (answer.kind === 'failed') throw new Error(`${fileURLToPath(url)}: ${answer.reason}`);
    return answer.value;
  };
  return {
    // The process at the other end runs the operation of this name.
    ask: (name, ...args) => ask(name, args) as Promise<Awaited<ReturnType<Ops[typeof name]>>>,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

async function nextAnswer(child: ChildProcess): Promise<Answer> {
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([answer]) => answer as Answer),
      once(child, 'exit', { signal }).then(([code]): never => {
        throw new Error(`The process of a subject ended with code ${String(code)}`);
      }),
    ]);
  } finally {
    waiting.abort();
  }
}
