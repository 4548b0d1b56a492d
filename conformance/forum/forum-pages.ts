/** What the pages of the forum are looked at with. */
import { paces } from '../../examples/forum/src/domain/pace.ts';
import type { AuthorId, Viewer } from '../../examples/forum/src/domain/types.ts';
import { digestMail } from '../../examples/forum/src/jobs/digest-mail.ts';
import { unsubscribeToken } from '../../examples/forum/src/jobs/unsubscribe-link.ts';
import {
  acceptAnswer,
  changeProfile,
  editAnswer,
  listNotifications,
  deletePost,
  lockQuestion,
  upsertAuthor,
  vote,
} from '../../examples/forum/src/operations/index.ts';
import { keepMail } from '../../examples/forum/src/storage/kept-mails.ts';
import { ada, grace, mod, type SmallForum } from '../../examples/forum/test/support/small-forum.ts';

const busy: Viewer = { id: 'usr_busy' as AuthorId, name: 'Busy Example', isModerator: false };

export interface FilledForum {
  readonly question: number;
  readonly locked: number;
  readonly deleted: number;
  /** An answer. */
  readonly edited: number;
  /** Where a mail leads whoever wants no more. */
  readonly unsubscribe: string;
}

const LONG_WORD = 'Rechtsschutzversicherungsgesellschaften'.repeat(3);
const BODY = `A token is a text that says who somebody is. **Where should it be**, so that a script in the page cannot carry it away?

1. \`localStorage\`: any script reads it.
2. A cookie with \`HttpOnly\`: no script does.

\`\`\`http
Set-Cookie: __Host-session=c2Vzc2lvbg.b25seS1hbi1leGFtcGxl; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=1209600
\`\`\`

| place | a script reads it | sent by itself |
| --- | --- | --- |
| localStorage | yes | no |
| cookie, HttpOnly | no | yes |

> Measured, not guessed.

See [the standard](https://www.rfc-editor.org/rfc/rfc6265).`;

/** Questions, answers, comments and votes of three people, as they would be after a month. */
export function fillForum(forum: SmallForum): FilledForum {
  const { context } = forum;
  forum.people.set(busy.id, busy);
  upsertAuthor(context, busy);
  forum.now -= 30 * 86_400_000;
  for (const [index, title] of TITLES.entries()) {
    forum.now += 86_400_000;
    forum.ask([ada, grace][index % 2], title, ['jwt', ['sessions', 'oauth', 'sqlite'][index % 3]!]);
  }
  changeProfile(context, grace, { title: 'Chief Creative Officer', about: 'Writes **tests** first.', digest: true });
  const question = forum.ask(ada, 'Where is a JWT stored, so that a script in the page cannot take it away?', [
    'jwt',
    'cookies',
    'security',
  ]);
  forum.voteFor(question, grace);
  forum.comment(question, grace, 'In which *browsers*? And does `SameSite=Strict` count?');
  forum.now += 3_600_000;
  const first = forum.answer(question, mod, `${BODY}\n\n${LONG_WORD}`);
  const edited = forum.answer(question, grace, BODY);
  forum.now += 60_000;
  editAnswer(context, grace, {
    id: edited,
    body: BODY.replace('Measured, not guessed.', 'Measured, and then measured again.\n\nOn three browsers.'),
  });
  acceptAnswer(context, ada, { id: edited });
  for (const voter of [ada, mod]) vote(context, voter, { post: { kind: 'answer', id: edited }, value: 1 });
  vote(context, grace, { post: { kind: 'answer', id: first }, value: -1 });
  const locked = forum.ask(grace, `Which framework is the best one? ${LONG_WORD}`.slice(0, 150), ['opinion']);
  forum.answer(locked, ada, 'Mine.');
  lockQuestion(context, mod, { id: locked, reason: 'Opinions, and no question.' });
  const deleted = forum.ask(ada, 'Who buys my cheap watches?', ['opinion']);
  deletePost(context, mod, { post: { kind: 'question', id: deleted }, reason: 'Advertising.' });
  forum.now += 7_200_000;
  // As many as an hour allows: the next one comes too fast.
  for (let count = 0; count < paces.ask.acts; count += 1) {
    const id = forum.ask(busy, `Is this one asked as well? ${count}`);
    deletePost(context, busy, { post: { kind: 'question', id } });
  }
  return { question, locked, deleted, edited, unsubscribe: keepDigest(forum) };
}

/** A weekly mail to the asker. Gives the address in it that ends them. */
function keepDigest({ context, seals, now }: SmallForum): string {
  const { items } = listNotifications(context, ada, {});
  const link = { url: 'http://localhost:4500', unsubscribeToken: unsubscribeToken(seals, ada.id) };
  const mail = digestMail({ authorId: ada.id, authorName: ada.name, items }, 'ada@example.org', link);
  const headers = Object.entries(mail.headers).map((header) => header.join(': '));
  keepMail(context.database, {
    recipient: mail.to,
    subject: mail.subject,
    body: mail.text,
    headers: headers.join('\n'),
    sentAt: now,
  });
  return `/unsubscribe?token=${link.unsubscribeToken}`;
}

const TITLES = [
  'How long should a session last?',
  'What does SameSite=Lax not protect from?',
  'Refresh tokens: rotate each time, or never?',
  'Can SQLite hold a million answers?',
  'How do I sign in as two people at once?',
  'Is a UUID a good session identifier?',
  'Back-channel logout or short tokens?',
  'What is a DPoP proof for?',
  'Why is my cookie not sent from an iframe?',
  'How do I test a Content-Security-Policy?',
  'Which hash for passwords in this year?',
  'Do I need a refresh token in a cookie?',
  'How do I revoke a JWT before it expires?',
  'What belongs into the audience of a token?',
  'How do I rotate signing keys without a gap?',
  'Can a service act for a user?',
  'Where do I keep the client secret?',
  'Does a magic link need a password beside it?',
  'How many requests may somebody make to sign in?',
  'What happens to posts of a deleted account?',
  'Should an access token be opaque?',
  'How do I show who is signed in without a flicker?',
];

/** Each with whom it is shown to. */
export const forumPages: readonly (readonly [string, Viewer | undefined, (filled: FilledForum) => string])[] = [
  ['questions', undefined, () => '/'],
  ['questions-signed-in', ada, () => '/'],
  ['tag', grace, () => '/tags/cookies'],
  ['tag-empty', undefined, () => '/tags/nothing'],
  ['question', undefined, (filled) => `/questions/${filled.question}`],
  ['question-asker', ada, (filled) => `/questions/${filled.question}`],
  ['question-moderator', mod, (filled) => `/questions/${filled.question}?sort=oldest`],
  ['question-locked', ada, (filled) => `/questions/${filled.locked}`],
  ['question-deleted', mod, (filled) => `/questions/${filled.deleted}`],
  ['question-unanswered', grace, () => '/questions/1'],
  ['ask', ada, () => '/questions/ask'],
  ['edit-question', ada, (filled) => `/questions/${filled.question}/edit`],
  ['edit-answer', grace, (filled) => `/answers/${filled.edited}/edit`],
  ['history', undefined, (filled) => `/answers/${filled.edited}/history`],
  ['search', undefined, () => '/search?q=cookie'],
  ['search-nothing', undefined, () => '/search?q=xylophone'],
  ['tags', undefined, () => '/tags'],
  ['user', undefined, () => `/users/${grace.id}`],
  ['user-answers', grace, () => `/users/${grace.id}?show=answers`],
  ['profile', grace, () => '/profile'],
  ['notifications', ada, () => '/notifications'],
  ['notifications-empty', mod, () => '/notifications'],
  ['moderation', mod, () => '/moderation'],
  ['about', undefined, () => '/about'],
  ['sign-in', undefined, () => '/sign-in'],
  ['sign-in-another', ada, () => '/sign-in?slot=new'],
  ['accounts', ada, () => '/accounts'],
  ['sent-mail', undefined, () => '/dev/mail'],
  ['unsubscribe', undefined, ({ unsubscribe }) => unsubscribe],
  ['not-found', undefined, () => '/nothing/here'],
  ['not-signed-in', undefined, () => '/profile'],
  ['forbidden', ada, () => '/moderation'],
];

export interface FilledForm {
  readonly name: string;
  readonly viewer: Viewer | undefined;
  readonly path: (filled: FilledForum) => string;
  /** The `action` of the form. */
  readonly action: (filled: FilledForum) => string;
  readonly fields: Readonly<Record<string, string>>;
  /** Of the page that comes back. */
  readonly status: number;
}

const asking = {
  path: () => '/questions/ask',
  action: () => '/questions',
  fields: { title: 'Is what I typed still here?', body: BODY, tags: 'jwt cookies' },
};

/** Forms that come back as they were filled in, with what is wrong. */
export const filledForms: readonly FilledForm[] = [
  { name: 'form-nobody', viewer: undefined, ...asking, status: 401 },
  { name: 'form-unavailable', viewer: ada, ...asking, status: 503 },
  { name: 'form-too-fast', viewer: busy, ...asking, status: 429 },
  { name: 'form-invalid', viewer: ada, ...asking, fields: { title: 'Short', body: '', tags: 'A/B' }, status: 422 },
  { name: 'form-preview', viewer: ada, ...asking, fields: { ...asking.fields, preview: 'yes' }, status: 200 },
  {
    name: 'form-reason',
    viewer: mod,
    path: (filled) => `/questions/${filled.question}`,
    action: (filled) => `/questions/${filled.question}/lock`,
    fields: { reason: '' },
    status: 422,
  },
];
