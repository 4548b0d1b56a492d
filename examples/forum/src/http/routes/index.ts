import type { App } from '../environment.ts';
import { mountQuestionLists } from './question-lists.ts';

/** `stopping` ends what would go on for ever. */
export function mountPages(app: App, _stopping: AbortSignal): void {
  mountQuestionLists(app);
}
