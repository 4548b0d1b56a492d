import type { App } from '../environment.ts';
import { mountAnswers } from './answers.ts';
import { mountComments } from './comments.ts';
import { mountNotificationStream } from './notification-stream.ts';
import { mountNotifications } from './notifications.ts';
import { mountOtherPages } from './other-pages.ts';
import { mountQuestionLists } from './question-lists.ts';
import { mountQuestions } from './questions.ts';
import { mountSearch } from './search.ts';
import { mountUsers } from './users.ts';
import { mountVotes } from './votes.ts';

interface PageSettings {
  readonly issuer: string;
  /** Ends what would go on for ever. */
  readonly stopping: AbortSignal;
}

export function mountPages(app: App, { issuer, stopping }: PageSettings): void {
  mountQuestionLists(app);
  mountQuestions(app);
  mountAnswers(app);
  mountComments(app);
  mountVotes(app);
  mountSearch(app);
  mountUsers(app);
  mountNotifications(app);
  mountNotificationStream(app, stopping);
  mountOtherPages(app, issuer);
}
