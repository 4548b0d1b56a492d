import { beforeEach, describe, expect, test } from 'vitest';
import type { PostRef, Viewer } from '../src/domain/types.ts';
import {
  acceptAnswer,
  anonymiseAuthor,
  askQuestion,
  changeProfile,
  claimDigest,
  commentOn,
  countUnread,
  deleteComment,
  deletePost,
  digestsDue,
  listAuthorIds,
  listNotifications,
  markRead,
  readProfile,
  readQuestion,
  releaseDigest,
  upsertAuthor,
  vote,
} from '../src/operations/index.ts';
import { answer, ask, done, openForum, START, type TestForum, verdictOf } from './forum.ts';

const WEEK = 7 * 86_400_000;
let forum: TestForum;
let asker: Viewer;
let other: Viewer;

beforeEach(() => {
  forum = openForum();
  asker = forum.member('asker');
  other = forum.member('other');
});

function told(viewer: Viewer): readonly string[] {
  return listNotifications(forum.context, viewer, {}).items.map(
    ({ kind, by, count, isRead }) => `${kind} by ${by?.name ?? 'nobody'} × ${count}${isRead ? ', read' : ''}`,
  );
}

describe('notifications', () => {
  test('answered, commented, accepted: the other is told, and nobody of what they did themselves', () => {
    const { id } = ask(forum, asker);
    const { id: answerId } = answer(forum, other, id);
    answer(forum, asker, id, 'mine');
    forum.pass(1_000);
    const post: PostRef = { kind: 'answer', id: answerId };
    done(commentOn(forum.context, asker, { post, text: 'thanks' }));
    done(commentOn(forum.context, other, { post, text: 'welcome' }));
    forum.pass(1_000);
    done(acceptAnswer(forum.context, asker, { id: answerId }));
    expect(told(asker)).toEqual(['answered by other × 1']);
    expect(told(other)).toEqual(['accepted by asker × 1', 'commented by asker × 1']);
    expect(listNotifications(forum.context, other, {}).items[0]).toMatchObject({ answerId, question: { id } });
  });

  test('votes are gathered until they are read, and one that is taken back was never there', () => {
    const { id } = ask(forum, asker);
    const post: PostRef = { kind: 'question', id };
    const voters = ['a', 'b', 'c'].map((name) => forum.member(name));
    for (const voter of voters) done(vote(forum.context, voter, { post, value: 1 }));
    expect(told(asker)).toEqual(['voted by nobody × 3']);
    done(vote(forum.context, voters[0]!, { post, value: -1 }));
    expect(told(asker)).toEqual(['voted by nobody × 2']);
    expect(markRead(forum.context, asker, 'all')).toBe(1);
    forum.pass(1_000);
    done(vote(forum.context, other, { post, value: 1 }));
    expect(told(asker)).toEqual(['voted by nobody × 1', 'voted by nobody × 2, read']);
    done(vote(forum.context, other, { post, value: 0 }));
    expect(told(asker)).toEqual(['voted by nobody × 2, read']);
  });

  test('the bell rings after the commit, for whom it concerns, until the subscription ends', () => {
    const { id } = ask(forum, asker);
    const rung: number[] = [];
    const stop = forum.context.bell.subscribe(asker.id, () => rung.push(countUnread(forum.context, asker.id)));
    const stopOther = forum.context.bell.subscribe(other.id, () => rung.push(-1));
    answer(forum, other, id);
    answer(forum, other, id);
    expect(rung).toEqual([1]);
    markRead(forum.context, asker, 'all');
    markRead(forum.context, asker, 'all');
    expect(rung).toEqual([1, 0]);
    stop();
    stopOther();
    answer(forum, other, id, 'another');
    expect(rung).toEqual([1, 0]);
  });

  test('of what was deleted nobody is told', () => {
    const moderator = forum.member('moderator', { isModerator: true });
    const { id } = ask(forum, asker);
    const { id: answerId } = answer(forum, other, id);
    const comment = done(commentOn(forum.context, other, { post: { kind: 'question', id }, text: 'hm' }));
    expect(countUnread(forum.context, asker.id)).toBe(2);
    done(deleteComment(forum.context, moderator, { id: comment.id }));
    done(deletePost(forum.context, moderator, { post: { kind: 'answer', id: answerId } }));
    expect(told(asker)).toEqual([]);
  });

  test("nobody reads another's away", () => {
    const { id } = ask(forum, asker);
    answer(forum, other, id);
    const [notification] = listNotifications(forum.context, asker, {}).items;
    expect(markRead(forum.context, other, [notification!.id])).toBe(0);
    expect(markRead(forum.context, asker, [notification!.id, notification!.id, 9_999])).toBe(1);
    expect(countUnread(forum.context, asker.id)).toBe(0);
  });
});

describe('weekly digests', () => {
  test('for those who want one and have something to read; once a week', () => {
    const { id } = ask(forum, asker);
    answer(forum, other, id);
    forum.pass(WEEK);
    const first = START + WEEK;
    expect([...digestsDue(forum.context, { since: first })]).toEqual([]);
    done(changeProfile(forum.context, asker, { title: '', about: '', digest: true }));
    done(changeProfile(forum.context, other, { title: '', about: '', digest: true }));
    const due = [...digestsDue(forum.context, { since: first })];
    expect(due.map(({ authorName, items }) => [authorName, items.length])).toEqual([['asker', 1]]);
    const claim = claimDigest(forum.context, { authorId: asker.id, since: first });
    expect(claimDigest(forum.context, { authorId: asker.id, since: first })).toBeUndefined();
    expect([...digestsDue(forum.context, { since: first })]).toEqual([]);
    // It was not sent: all of it is due again, until somebody else claims it.
    releaseDigest(forum.context, claim!);
    expect([...digestsDue(forum.context, { since: first })]).toEqual(due);
    forum.pass(1);
    claimDigest(forum.context, { authorId: asker.id, since: first });
    releaseDigest(forum.context, claim!);
    expect([...digestsDue(forum.context, { since: first })]).toEqual([]);
    answer(forum, other, id, 'a week later');
    forum.pass(WEEK);
    const second = first + WEEK;
    expect([...digestsDue(forum.context, { since: second })]).toMatchObject([{ items: [{ kind: 'answered' }] }]);
    expect([...digestsDue(forum.context, { since: second, after: asker.id })]).toEqual([]);
  });
});

describe('authors', () => {
  test('have the name that Latchkey gives, and a title and text of their own', () => {
    done(
      changeProfile(forum.context, asker, { title: ' Chief\nCreative Officer ', about: '**hi** <b>', digest: false }),
    );
    done(upsertAuthor(forum.context, { id: asker.id, name: 'Renamed\u202E' }));
    expect(readProfile(forum.context, asker.id)).toMatchObject({
      author: { name: 'Renamed', title: 'Chief Creative Officer', isAnonymised: false },
      aboutHtml: '<p><strong>hi</strong> &lt;b&gt;</p>\n',
      joinedAt: START,
    });
    const tooLong = { title: 'x'.repeat(61), about: 'x'.repeat(2_001), digest: false };
    expect(verdictOf(changeProfile(forum.context, asker, tooLong))).toBe('title:too_long about:too_long');
    done(upsertAuthor(forum.context, { id: asker.id, name: '\u200B'.repeat(50) }));
    expect(readProfile(forum.context, asker.id)?.author.name).toBe('Somebody');
  });

  test('who was deleted at Latchkey: the posts stay, the name is gone, and the id is nobody for good', () => {
    done(changeProfile(forum.context, asker, { title: 'Boss', about: 'me', digest: true }));
    const { id } = ask(forum, asker);
    answer(forum, other, id);
    anonymiseAuthor(forum.context, asker.id);
    anonymiseAuthor(forum.context, asker.id);
    const page = readQuestion(forum.context, undefined, id, { sort: 'votes' });
    expect(page?.question).toMatchObject({
      body: 'In which storage?',
      author: { name: 'A former member', title: null, isAnonymised: true },
    });
    expect(readProfile(forum.context, asker.id)).toMatchObject({ about: '', digest: false });
    expect(told(asker)).toEqual([]);
    expect(verdictOf(upsertAuthor(forum.context, { id: asker.id, name: 'back again' }))).toBe('forbidden');
    const text = { title: 'Where is a JWT stored?', body: 'x', tags: ['jwt'] };
    expect(verdictOf(askQuestion(forum.context, asker, text))).toBe('forbidden');
    expect(verdictOf(vote(forum.context, asker, { post: { kind: 'question', id }, value: 1 }))).toBe('forbidden');
    expect(readProfile(forum.context, asker.id)?.author.name).toBe('A former member');
  });

  test('an id that was never here is nobody as well, once it was deleted', () => {
    const id = 'usr_unknown' as typeof asker.id;
    anonymiseAuthor(forum.context, id);
    expect(verdictOf(upsertAuthor(forum.context, { id, name: 'late' }))).toBe('forbidden');
  });

  test('the sweep asks for ids as Latchkey has them, and not for those that are gone', () => {
    const ids = ['1', '2', '3'].map((digit) => `${digit.repeat(32)}`);
    for (const id of ids) forum.member(id);
    anonymiseAuthor(forum.context, `usr_${ids[1]}` as typeof asker.id);
    expect(listAuthorIds(forum.context, undefined)).toEqual([`usr_${ids[0]}`, `usr_${ids[2]}`]);
    expect(listAuthorIds(forum.context, `usr_${ids[0]}` as typeof asker.id)).toEqual([`usr_${ids[2]}`]);
  });
});
