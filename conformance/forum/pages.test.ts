/** Every page of the forum, as people see it: phone and desktop, light and dark. The accounts are the tests' own. */
import type { AddressInfo } from 'node:net';
import { serve, type ServerType } from '@hono/node-server';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Viewer } from '../../examples/forum/src/domain/types.ts';
import {
  acceptAnswer,
  changeProfile,
  editAnswer,
  lockQuestion,
  vote,
} from '../../examples/forum/src/operations/index.ts';
import { ada, cookieName, grace, mod, SmallForum } from '../../examples/forum/test/support/small-forum.ts';
import { expectAccessible } from '../support/accessibility.ts';
import { expectToFit } from '../support/expect-sound.ts';
import { shoot } from '../support/screenshots.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';

vi.setConfig({ testTimeout: 60_000 });

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

let forum: SmallForum;
let server: ServerType;
let origin: string;
let question: number;
let locked: number;
let edited: number;
const browser = useWatchedBrowser();

beforeAll(async () => {
  server = serve({ fetch: (request) => forum.app.fetch(request), port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  forum = new SmallForum({ origin });
  fill();
});
afterAll(async () => {
  forum.stopping.abort();
  await new Promise((resolve) => server.close(resolve));
  expect(forum.errors).toEqual([]);
  forum[Symbol.dispose]();
});

function fill(): void {
  const { context } = forum;
  forum.now -= 30 * 86_400_000;
  for (const [index, title] of TITLES.entries()) {
    forum.now += 86_400_000;
    forum.ask([ada, grace][index % 2], title, ['jwt', ['sessions', 'oauth', 'sqlite'][index % 3]!]);
  }
  changeProfile(context, grace, { title: 'Chief Creative Officer', about: 'Writes **tests** first.', digest: true });
  question = forum.ask(ada, 'Where is a JWT stored, so that a script in the page cannot take it away?', [
    'jwt',
    'cookies',
    'security',
  ]);
  forum.voteFor(question, grace);
  forum.comment(question, grace, 'In which *browsers*? And does `SameSite=Strict` count?');
  forum.now += 3_600_000;
  const first = forum.answer(question, mod, `${BODY}\n\n${LONG_WORD}`);
  edited = forum.answer(question, grace, BODY);
  forum.now += 60_000;
  editAnswer(context, grace, {
    id: edited,
    body: BODY.replace('Measured, not guessed.', 'Measured, and then measured again.\n\nOn three browsers.'),
  });
  acceptAnswer(context, ada, { id: edited });
  for (const voter of [ada, mod]) vote(context, voter, { post: { kind: 'answer', id: edited }, value: 1 });
  vote(context, grace, { post: { kind: 'answer', id: first }, value: -1 });
  locked = forum.ask(grace, `Which framework is the best one? ${LONG_WORD}`.slice(0, 150), ['opinion']);
  forum.answer(locked, ada, 'Mine.');
  lockQuestion(context, mod, { id: locked, reason: 'Opinions, and no question.' });
  forum.now += 7_200_000;
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

async function open(viewer: Viewer | undefined, path: string, javaScriptEnabled = true): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled });
  if (viewer) await context.addCookies([{ name: cookieName(), value: viewer.id, url: origin }]);
  const page = await context.newPage();
  await page.goto(origin + path);
  return page;
}

/** What holds on every page. */
async function expectGood(page: Page, name: string): Promise<void> {
  await expectToFit(page);
  // At the width of a phone other things are shown.
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await expectAccessible(page);
  }
  await shoot(page, `forum-${name}`);
}

const pages: readonly (readonly [string, Viewer | undefined, () => string])[] = [
  ['questions', undefined, () => '/'],
  ['questions-signed-in', ada, () => '/'],
  ['tag', grace, () => '/tags/cookies'],
  ['tag-empty', undefined, () => '/tags/nothing'],
  ['question', undefined, () => `/questions/${question}`],
  ['question-asker', ada, () => `/questions/${question}`],
  ['question-moderator', mod, () => `/questions/${question}?sort=oldest`],
  ['question-locked', ada, () => `/questions/${locked}`],
  ['question-unanswered', grace, () => '/questions/1'],
  ['ask', ada, () => '/questions/ask'],
  ['edit-question', ada, () => `/questions/${question}/edit`],
  ['edit-answer', grace, () => `/answers/${edited}/edit`],
  ['history', undefined, () => `/answers/${edited}/history`],
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
  ['not-found', undefined, () => '/nothing/here'],
  ['not-signed-in', undefined, () => '/profile'],
  ['forbidden', ada, () => '/moderation'],
];

describe('every page', () => {
  test.each(pages)('%s', async (name, viewer, path) => {
    const page = await open(viewer, path());
    await expectGood(page, name);
  });
});
