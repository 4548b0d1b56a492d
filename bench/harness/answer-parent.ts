import { inspect } from 'node:util';
import type { Operations, Question } from './start-subject.ts';

/** In a subject's process: answers the questions of the process that started it, one at a time, until that lets go. */
export function answerParent<Ops extends Operations<Ops>>(operations: Ops): void {
  process.on('message', (question) => {
    void answer(operations, question as Question<Ops>);
  });
  // However the parent ended, the subject ends with it, and tidies up. Ctrl-C reaches both: the parent's way is taken.
  process.on('disconnect', () => process.exit());
  process.on('SIGINT', () => {});
}

async function answer<Ops extends Operations<Ops>>(operations: Ops, { name, args }: Question<Ops>): Promise<void> {
  try {
    process.send?.({ kind: 'answer', value: await operations[name](...args) });
  } catch (error) {
    process.send?.({ kind: 'failed', reason: inspect(error) });
  }
}
