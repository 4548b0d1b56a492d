import { expect, test } from 'vitest';
import type { AuthorId, Digest, Notification } from '../domain/types.ts';
import { digestMail } from './digest-mail.ts';
import { weekOf } from './digest.ts';

const about = { url: 'https://forum.example.com', unsubscribeToken: 'token' };
const answered: Notification = {
  id: 1,
  kind: 'answered',
  question: { id: 7, slug: 'where', title: 'Where is a JWT stored?' },
  answerId: 8,
  commentId: null,
  by: { id: 'usr_1' as AuthorId, name: 'Ada', title: null, isAnonymised: false },
  count: 1,
  createdAt: 0,
  isRead: false,
};
const digest = (authorName: string, ...items: Notification[]): Digest => ({
  authorId: 'usr_2' as AuthorId,
  authorName,
  items,
});

test('says what happened, where, and how to get no more of it (RFC 8058)', () => {
  const mail = digestMail(digest('Bob', answered), 'bob@example.org', about);
  expect(mail.text).toContain('Ada answered “Where is a JWT stored?”\n  https://forum.example.com/questions/7/where');
  expect(mail.headers).toMatchObject({
    'List-Unsubscribe': '<https://forum.example.com/unsubscribe?token=token>',
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  });
});

test('no name and no title makes a header, or a line of its own', () => {
  const evil = 'x\r\nBcc: everybody@example.org\u2028\u0085y';
  const question = { ...answered.question, title: evil };
  const by = { ...answered.by!, name: evil };
  const { subject, headers, text } = digestMail(digest(evil, { ...answered, question, by }), 'bob@example.org', about);
  expect([subject, ...Object.values(headers)].join('')).not.toMatch(/Bcc|\p{Cc}/u);
  expect(text).not.toMatch(/^Bcc/m);
  expect(text).not.toMatch(/[\r\u2028\u0085]/);
});

test.each([
  ['2026-11-23T08:00:00Z', '2026-11-23T08:00:00.000Z'],
  ['2026-11-23T07:59:59Z', '2026-11-16T08:00:00.000Z'],
  ['2026-11-29T23:00:00Z', '2026-11-23T08:00:00.000Z'],
  ['1969-12-31T00:00:00Z', '1969-12-29T08:00:00.000Z'],
])('the week of %s began on a Monday', (now, began) => {
  expect(new Date(weekOf(Date.parse(now))).toISOString()).toBe(began);
});
