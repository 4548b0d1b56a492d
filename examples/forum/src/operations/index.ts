/**
 * All operations of the forum. Each is one transaction. Reading gives `undefined` for what is not there; writing gives
 * a tagged union. Ids and cursors must have been parsed; texts may be anything.
 */
export { acceptAnswer, unacceptAnswer } from './accept-answer.ts';
export { answerQuestion } from './answer-question.ts';
export { askQuestion } from './ask-question.ts';
export { anonymiseAuthor, changeProfile, listAuthorIds, readProfile, upsertAuthor } from './authors.ts';
export { commentOn } from './comment-on.ts';
export { deleteComment, deletePost } from './delete-post.ts';
export { editAnswer, editQuestion } from './edit-post.ts';
export { listModerationLog } from './list-moderation-log.ts';
export { countQuestions, listAnswersOf, listQuestions, listQuestionsOf } from './list-questions.ts';
export { listTags } from './list-tags.ts';
export { lockQuestion, unlockQuestion } from './lock-question.ts';
export { claimDigest, countUnread, digestsDue, listNotifications, markRead, releaseDigest } from './notifications.ts';
export { previewText } from './preview-text.ts';
export { readHistory } from './read-history.ts';
export { locateAnswer, readQuestion } from './read-question.ts';
export { searchQuestions } from './search-questions.ts';
export { vote } from './vote.ts';
