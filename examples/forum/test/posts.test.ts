import { beforeEach, describe, expect, test } from 'vitest';
import type { PostRef, Viewer } from '../src/domain/types.ts';
import {
  acceptAnswer,
  answerQuestion,
  askQuestion,
  commentOn,
  countQuestions,
  deleteComment,
  deletePost,
  editAnswer,
  editQuestion,
  listModerationLog,
  listQuestions,
  listTags,
  lockQuestion,
  readHistory,
  readProfile,
  readQuestion,
  unacceptAnswer,
  unlockQuestion,
  vote,
} from '../src/operations/index.ts';
import { answer, ask, done, openForum, type TestForum, verdictOf } from './forum.ts';

const HOUR = 3_600_000;
let forum: TestForum;
let asker: Viewer;
let other: Viewer;
let moderator: Viewer;

beforeEach(() => {
  forum = openForum();
  asker = forum.member('asker');
  other = forum.member('other');
  moderator = forum.member('moderator', { isModerator: true, actor: 'cli_tool' });
});

function read(id: number, viewer?: Viewer) {
  return readQuestion(forum.context, viewer, id, { sort: 'oldest' });
}

describe('asking and answering', () => {
  test('an answer has the next number, is counted and moves the question up', () => {
    const { id } = ask(forum, asker);
    forum.pass(60_000);
    expect(answer(forum, other, id, 'first')).toMatchObject({ number: 1, questionId: id });
    expect(answer(forum, asker, id, 'second')).toMatchObject({ number: 2 });
    const [summary] = listQuestions(forum.context, { sort: 'active', tag: 'jwt' }).items;
    expect(summary).toMatchObject({ id, answerCount: 2 });
    expect(summary!.activityAt - summary!.askedAt).toBe(60_000);
    expect(readProfile(forum.context, other.id)).toMatchObject({ answerCount: 1, questionCount: 0 });
  });

  test('the number of a deleted answer is not given away', () => {
    const { id } = ask(forum, asker);
    const first = answer(forum, other, id, 'first');
    done(deletePost(forum.context, other, { post: { kind: 'answer', id: first.id } }));
    expect(answer(forum, other, id, 'another').number).toBe(2);
    expect(read(id)?.question.answerCount).toBe(1);
  });

  test('the same text again, by a double click, is the same post; later it is another', () => {
    const { id } = ask(forum, asker);
    expect(ask(forum, asker).id).toBe(id);
    const first = answer(forum, other, id);
    expect(answer(forum, other, id).id).toBe(first.id);
    expect(answer(forum, asker, id).id).not.toBe(first.id);
    const post: PostRef = { kind: 'question', id };
    const comment = done(commentOn(forum.context, other, { post, text: 'yes' }));
    expect(done(commentOn(forum.context, other, { post, text: 'yes' })).id).toBe(comment.id);
    expect(countQuestions(forum.context, {})).toBe(1);
    forum.pass(HOUR);
    expect(ask(forum, asker).id).not.toBe(id);
  });

  test('what is wrong with a text is said all at once', () => {
    const outcome = askQuestion(forum.context, asker, { title: 'short', body: ' ', tags: ['A B'] });
    expect(verdictOf(outcome)).toBe('title:too_short body:required tags:not_allowed');
    expect(countQuestions(forum.context, {})).toBe(0);
  });

  test('somebody whom the forum does not know writes nothing', () => {
    const stranger = { ...asker, id: 'usr_stranger' as typeof asker.id };
    const text = { title: 'Where is a JWT stored?', body: 'x', tags: ['jwt'] };
    expect(verdictOf(askQuestion(forum.context, stranger, text))).toBe('forbidden');
  });

  test('six questions in an hour, and a seventh ten minutes later', () => {
    const outcomes = Array.from({ length: 7 }, (_, index) =>
      askQuestion(forum.context, asker, { title: `Where is a JWT stored? ${index}`, body: 'x', tags: ['jwt'] }),
    );
    expect(outcomes.map(verdictOf)).toEqual([...Array.from({ length: 6 }, () => 'done'), 'too_fast']);
    expect(outcomes[6]).toMatchObject({ retryAfterSeconds: 600 });
    forum.pass(HOUR / 6);
    expect(ask(forum, asker, { title: 'Another question at last' }).kind).toBe('done');
  });

  test('a post takes fifty comments', () => {
    const { id } = ask(forum, asker);
    const outcomes = Array.from({ length: 51 }, (_, index) =>
      verdictOf(commentOn(forum.context, other, { post: { kind: 'question', id }, text: `comment ${index}` })),
    );
    expect(outcomes.filter((verdict) => verdict === 'done')).toHaveLength(50);
    expect(outcomes.at(-1)).toBe('full');
  });
});

describe('what is not there', () => {
  test('posts that never were, are deleted, or are of the other kind', () => {
    const { id } = ask(forum, asker);
    const { id: answerId } = answer(forum, other, id);
    const gone = ask(forum, asker, { title: 'Deleted before it was answered' });
    done(deletePost(forum.context, asker, { post: { kind: 'question', id: gone.id } }));
    for (const post of [
      { kind: 'question', id: 9_999 },
      { kind: 'question', id: answerId },
      { kind: 'answer', id },
      { kind: 'question', id: gone.id },
    ] as const) {
      expect(verdictOf(vote(forum.context, moderator, { post, value: 1 }))).toBe('not_found');
      expect(verdictOf(commentOn(forum.context, moderator, { post, text: 'x' }))).toBe('not_found');
      expect(verdictOf(deletePost(forum.context, moderator, { post }))).toBe('not_found');
    }
    expect(verdictOf(answerQuestion(forum.context, other, { questionId: gone.id, body: 'x' }))).toBe('not_found');
    expect(verdictOf(acceptAnswer(forum.context, asker, { id }))).toBe('not_found');
    expect(verdictOf(lockQuestion(forum.context, moderator, { id: gone.id, reason: 'x' }))).toBe('not_found');
    expect(verdictOf(editAnswer(forum.context, other, { id, body: 'x' }))).toBe('not_found');
    expect(verdictOf(deleteComment(forum.context, moderator, { id: 9_999 }))).toBe('not_found');
    expect(read(gone.id)).toBeUndefined();
    expect(read(gone.id, other)).toBeUndefined();
    expect(read(answerId)).toBeUndefined();
  });
});

describe('votes', () => {
  test('one for each, taken back and turned round; nobody votes on their own', () => {
    const { id } = ask(forum, asker);
    const post: PostRef = { kind: 'question', id };
    const scores = ([1, 1, 0, 0, -1, 1] as const).map(
      (value) => done(vote(forum.context, other, { post, value })).score,
    );
    expect(scores).toEqual([1, 1, 0, 0, -1, 1]);
    expect(verdictOf(vote(forum.context, asker, { post, value: 1 }))).toBe('own_post');
    expect(read(id, other)?.question).toMatchObject({ score: 1, viewerVote: 1 });
    expect(readProfile(forum.context, asker.id)?.score).toBe(1);
  });

  test('the best answers come first, the older of equals before, the accepted one before all', () => {
    const { id } = ask(forum, asker);
    const answers = ['a', 'b', 'c', 'd'].map((body) => answer(forum, other, id, body).id);
    done(vote(forum.context, asker, { post: { kind: 'answer', id: answers[2]! }, value: 1 }));
    done(vote(forum.context, asker, { post: { kind: 'answer', id: answers[0]! }, value: -1 }));
    const order = (sort: 'votes' | 'oldest' | 'newest') =>
      readQuestion(forum.context, undefined, id, { sort })?.answers.items.map(({ number }) => number);
    expect(order('votes')).toEqual([3, 2, 4, 1]);
    done(acceptAnswer(forum.context, asker, { id: answers[0]! }));
    expect(order('votes')).toEqual([1, 3, 2, 4]);
    expect(order('oldest')).toEqual([1, 2, 3, 4]);
    expect(order('newest')).toEqual([4, 3, 2, 1]);
  });
});

describe('accepting', () => {
  test('by the asker alone; one answer at a time', () => {
    const { id } = ask(forum, asker);
    const [a, b] = ['a', 'b'].map((body) => answer(forum, other, id, body).id) as [number, number];
    expect(verdictOf(acceptAnswer(forum.context, other, { id: a }))).toBe('forbidden');
    expect(verdictOf(acceptAnswer(forum.context, moderator, { id: a }))).toBe('forbidden');
    done(acceptAnswer(forum.context, asker, { id: a }));
    done(acceptAnswer(forum.context, asker, { id: b }));
    expect(read(id)?.answers.items.map(({ isAccepted }) => isAccepted)).toEqual([false, true]);
    // Of another answer there is nothing to take back.
    done(unacceptAnswer(forum.context, asker, { id: a }));
    expect(read(id)?.question.hasAccepted).toBe(true);
    done(unacceptAnswer(forum.context, asker, { id: b }));
    expect(read(id)?.question.hasAccepted).toBe(false);
  });

  test('an accepted answer that is deleted is accepted no more', () => {
    const { id } = ask(forum, asker);
    const { id: answerId } = answer(forum, other, id);
    done(acceptAnswer(forum.context, asker, { id: answerId }));
    expect(verdictOf(deletePost(forum.context, other, { post: { kind: 'answer', id: answerId } }))).toBe('forbidden');
    done(deletePost(forum.context, moderator, { post: { kind: 'answer', id: answerId } }));
    expect(read(id)?.question).toMatchObject({ hasAccepted: false, answerCount: 0 });
    expect(listQuestions(forum.context, { sort: 'unanswered', tag: 'jwt' }).items).toHaveLength(1);
  });
});

describe('editing', () => {
  test('keeps what was, with who wrote it and when', () => {
    const { id } = ask(forum, asker);
    forum.pass(1_000);
    const text = { title: 'Where should a JWT be stored?', body: 'now', tags: ['cookies'] };
    expect(done(editQuestion(forum.context, asker, { id, ...text, revision: 1 })).slug).toBe(
      'where-should-a-jwt-be-stored',
    );
    forum.pass(1_000);
    done(editQuestion(forum.context, moderator, { id, ...text, body: 'shorter' }));
    const history = readHistory(forum.context, undefined, { kind: 'question', id });
    expect(
      history?.revisions.map(({ number, body, title, author, tags }) => [number, body, title, author.name, tags]),
    ).toEqual([
      [3, 'shorter', text.title, 'moderator', ['cookies']],
      [2, 'now', text.title, 'asker', ['cookies']],
      [1, 'In which storage?', 'Where is a JWT stored?', 'asker', ['jwt']],
    ]);
    expect(listTags(forum.context, { limit: 10 })).toEqual([{ name: 'cookies', questionCount: 1 }]);
    expect(listQuestions(forum.context, { sort: 'active', tag: 'jwt' }).items).toEqual([]);
    expect(read(id)?.question).toMatchObject({ revisions: 3, title: text.title });
  });

  test('an old form does not undo what another wrote meanwhile', () => {
    const { id } = ask(forum, asker);
    const answered = answer(forum, other, id);
    done(editAnswer(forum.context, moderator, { id: answered.id, body: 'mine', revision: 1 }));
    expect(verdictOf(editAnswer(forum.context, other, { id: answered.id, body: 'x', revision: 1 }))).toBe(
      'changed_meanwhile',
    );
    done(editAnswer(forum.context, other, { id: answered.id, body: 'mine', revision: 2 }));
    expect(readHistory(forum.context, undefined, { kind: 'answer', id: answered.id })?.revisions).toHaveLength(2);
  });

  test('by the author or a moderator', () => {
    const { id } = ask(forum, asker);
    const text = { title: 'Where should a JWT be stored?', body: 'x', tags: ['jwt'] };
    expect(verdictOf(editQuestion(forum.context, other, { id, ...text }))).toBe('forbidden');
    expect(verdictOf(editQuestion(forum.context, asker, { id, ...text, title: '' }))).toBe('title:required');
  });
});

describe('deleting', () => {
  test('a question goes from all lists and counts, and is there for moderators', () => {
    const { id } = ask(forum, asker);
    const answered = answer(forum, other, id);
    done(vote(forum.context, asker, { post: { kind: 'answer', id: answered.id }, value: 1 }));
    expect(verdictOf(deletePost(forum.context, asker, { post: { kind: 'question', id } }))).toBe('forbidden');
    expect(verdictOf(deletePost(forum.context, other, { post: { kind: 'question', id } }))).toBe('forbidden');
    done(deletePost(forum.context, moderator, { post: { kind: 'question', id }, reason: 'spam' }));
    expect(read(id, other)).toBeUndefined();
    expect(read(id, moderator)?.question).toMatchObject({ isDeleted: true, body: 'In which storage?' });
    expect(readHistory(forum.context, other, { kind: 'answer', id: answered.id })).toBeUndefined();
    expect(countQuestions(forum.context, {})).toBe(0);
    expect(countQuestions(forum.context, { tag: 'jwt' })).toBe(0);
    for (const sort of ['active', 'newest', 'votes', 'unanswered'] as const) {
      expect(listQuestions(forum.context, { sort }).items).toEqual([]);
      expect(listQuestions(forum.context, { sort, tag: 'jwt' }).items).toEqual([]);
    }
    expect(readProfile(forum.context, other.id)).toMatchObject({ answerCount: 0, score: 0 });
    expect(readProfile(forum.context, asker.id)).toMatchObject({ questionCount: 0 });
  });

  test('of a deleted answer its place stays, and nothing of its text', () => {
    const { id } = ask(forum, asker);
    const answered = answer(forum, other, id, 'a secret');
    done(commentOn(forum.context, asker, { post: { kind: 'answer', id: answered.id }, text: 'and a comment' }));
    done(deletePost(forum.context, other, { post: { kind: 'answer', id: answered.id } }));
    expect(read(id, other)?.answers.items).toMatchObject([{ isDeleted: true, body: '', html: '', comments: [] }]);
    expect(read(id, moderator)?.answers.items).toMatchObject([{ isDeleted: true, body: 'a secret' }]);
  });

  test('a comment, by its author or a moderator', () => {
    const { id } = ask(forum, asker);
    const post: PostRef = { kind: 'question', id };
    const comment = done(commentOn(forum.context, other, { post, text: 'hm' }));
    expect(verdictOf(deleteComment(forum.context, asker, { id: comment.id }))).toBe('forbidden');
    expect(done(deleteComment(forum.context, other, { id: comment.id })).post).toEqual(post);
    expect(verdictOf(deleteComment(forum.context, other, { id: comment.id }))).toBe('not_found');
    expect(read(id)?.question.comments).toEqual([]);
  });
});

describe('moderation', () => {
  test('a locked question takes nothing but what moderators do', () => {
    const { id } = ask(forum, asker);
    const answered = answer(forum, other, id);
    const post: PostRef = { kind: 'answer', id: answered.id };
    expect(verdictOf(lockQuestion(forum.context, asker, { id, reason: 'x' }))).toBe('forbidden');
    expect(verdictOf(lockQuestion(forum.context, moderator, { id, reason: ' ' }))).toBe('reason:required');
    done(lockQuestion(forum.context, moderator, { id, reason: 'off topic' }));
    const refusals = [
      answerQuestion(forum.context, other, { questionId: id, body: 'x' }),
      commentOn(forum.context, other, { post, text: 'x' }),
      vote(forum.context, asker, { post, value: 1 }),
      acceptAnswer(forum.context, asker, { id: answered.id }),
      editAnswer(forum.context, other, { id: answered.id, body: 'x' }),
      deletePost(forum.context, other, { post }),
    ];
    expect(refusals.map(verdictOf)).toEqual(refusals.map(() => 'locked'));
    expect(read(id)?.question).toMatchObject({ isLocked: true, lockReason: 'off topic' });
    done(unlockQuestion(forum.context, moderator, { id }));
    expect(read(id)?.question).toMatchObject({ isLocked: false, lockReason: null });
    done(vote(forum.context, asker, { post, value: 1 }));
  });

  test('is written down once, with who acted for whom', () => {
    const { id } = ask(forum, asker);
    const second = { ...forum.member('second', { isModerator: true }) };
    done(lockQuestion(forum.context, moderator, { id, reason: 'first' }));
    done(lockQuestion(forum.context, second, { id, reason: 'again' }));
    done(unlockQuestion(forum.context, second, { id }));
    done(unlockQuestion(forum.context, moderator, { id }));
    const log = listModerationLog(forum.context, moderator, {})?.items;
    expect(log?.map(({ action, moderator: { name }, actor, reason }) => [action, name, actor, reason])).toEqual([
      ['question_unlocked', 'second', null, null],
      ['question_locked', 'moderator', 'cli_tool', 'first'],
    ]);
    expect(listModerationLog(forum.context, asker, {})).toBeUndefined();
    expect(listModerationLog(forum.context, undefined, {})).toBeUndefined();
  });

  test('what moderators do to their own posts is no moderation', () => {
    const { id } = ask(forum, moderator);
    done(deletePost(forum.context, moderator, { post: { kind: 'question', id } }));
    expect(listModerationLog(forum.context, moderator, {})?.items).toEqual([]);
  });
});
