/**
 * `node src/measure-pages.ts FILE [ROUNDS]`: how long whole pages take, as a stranger asks for them, on a database that
 * `seed/generate.ts` has made: what operations cost is in `seed/measure.ts`. Asks the forum itself, without a network.
 */
import { randomBytes } from 'node:crypto';
import { createForum } from './create-forum.ts';
import { createLog } from './log.ts';
import { COMMON_WORDS, createNumbers, pickWord, RARE_WORD } from './seed/words.ts';
import { readSettings } from './settings.ts';

const [, , path, rounds = '500'] = process.argv;
if (path === undefined) throw new Error('Say which file: node src/measure-pages.ts FILE [ROUNDS]');

const settings = readSettings({
  FORUM_DATABASE: path,
  FORUM_SECRET: randomBytes(32).toString('base64url'),
  // Nobody is there: strangers need no Latchkey.
  LATCHKEY_ISSUER: 'http://localhost:9',
  FORUM_CLIENT_ID: 'none',
  FORUM_CLIENT_SECRET: 'none',
  FORUM_LOG_LEVEL: 'silent',
});
const forum = await createForum(settings, createLog(settings));
const number = createNumbers(81);
const pages: Readonly<Record<string, () => string>> = {
  'the first page': () => '/',
  'questions without an answer': () => '/?sort=unanswered',
  'questions of a tag': () => `/tags/tag-${Math.floor(2_000 ** number()) - 1}`,
  'search, some word': () => `/search?q=${pickWord(number)}`,
  'search, two common words': () => `/search?q=${COMMON_WORDS[0] ?? ''}+${COMMON_WORDS[1] ?? ''}`,
  'search, a rare and a common word': () => `/search?q=${RARE_WORD}+${pickWord(number)}`,
};

console.log('| page | p50, ms | p99, ms | greatest, ms |');
console.log('| --- | ---: | ---: | ---: |');
for (const [name, address] of Object.entries(pages)) {
  const times: number[] = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    const startedAt = performance.now();
    const answer = await forum.fetch(new Request(settings.url + address()));
    await answer.text();
    times.push(performance.now() - startedAt);
    if (answer.status !== 200) throw new Error(`${name}: ${answer.status}`);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2);
  console.log(`| ${name} | ${at(0.5)} | ${at(0.99)} | ${at(1)} |`);
}
await forum.close();
