import { parseAuthorId } from '../domain/author-id.ts';
import type { Done, Invalid, Refused, Viewer } from '../domain/types.ts';
import type { ForumContext } from '../operations/context.ts';
import {
  acceptAnswer,
  answerQuestion,
  askQuestion,
  changeProfile,
  commentOn,
  upsertAuthor,
} from '../operations/index.ts';
import { hasAnyPost } from '../storage/posts.ts';
import { FIRST_QUESTION } from './first-question-text.ts';

/** No people: the forum itself asks, and the project answers. Latchkey gives nobody an id like these. */
const FORUM_ID = 'usr_sawal';
const PROJECT_ID = 'usr_latchkey';

function pseudoAuthor(context: ForumContext, id: string, name: string, title: string): Viewer {
  const authorId = parseAuthorId(id);
  if (authorId === undefined) throw new TypeError(`${id} is no id of an author`);
  const viewer: Viewer = { id: authorId, name, isModerator: false };
  expectDone(upsertAuthor(context, viewer));
  expectDone(changeProfile(context, viewer, { title, about: '', digest: false }));
  return viewer;
}

function expectDone<T extends object>(outcome: Done<T> | Refused | Invalid): Done<T> {
  if (outcome.kind !== 'done') throw new Error(`The first question could not be written: ${JSON.stringify(outcome)}`);
  return outcome;
}

/**
 * On a database where nothing was ever written: "Where is a JWT stored?", with what this project has measured. Two
 * processes that do it at once write it once, for the same text again is the same post (operations/ask-question.ts).
 *
 * @returns Whether it was written.
 */
export function seedFirstQuestion(context: ForumContext): boolean {
  if (hasAnyPost(context.database)) return false;
  const forum = pseudoAuthor(context, FORUM_ID, 'Sawal', 'This forum');
  const project = pseudoAuthor(context, PROJECT_ID, 'Latchkey', 'The project itself');

  const { title, body, tags, comment, answers } = FIRST_QUESTION;
  const question = expectDone(askQuestion(context, forum, { title, body, tags }));
  expectDone(commentOn(context, project, { post: { kind: 'question', id: question.id }, text: comment }));
  for (const { text, isAccepted, comments } of answers) {
    const answer = expectDone(answerQuestion(context, project, { questionId: question.id, body: text }));
    for (const said of comments) {
      expectDone(commentOn(context, forum, { post: { kind: 'answer', id: answer.id }, text: said }));
    }
    if (isAccepted) expectDone(acceptAnswer(context, forum, { id: answer.id }));
  }
  return true;
}
