import { expect, test } from 'vitest';
import { outcomeOf, tellOf } from './compare-answers.ts';

const answer = (status: number, body = '') => ({ status, body });
const page = (user: string, nonce: string) => answer(200, `<p>Hello ${user}</p><script nonce="${nonce}">`);

test('a status that only the user gets', () => {
  const tell = tellOf([answer(200, '{"user":"ada"}'), answer(200, '{"user":"ada"}')], answer(401))!;
  expect(tell.isByStatus).toBe(true);
  expect(outcomeOf(answer(200, '{"user":"ada"}'), tell)).toBe('alive');
  expect(outcomeOf(answer(401), tell)).toBe('dead');
  expect(outcomeOf(answer(302), tell)).toBe('dead');
});

test('a page that names the user, and is new each time', () => {
  const tell = tellOf([page('ada', 'n1'), page('ada', 'n2')], page('stranger', 'n3'))!;
  expect(tell.marks).toEqual(['ada']);
  expect(outcomeOf(page('ada', 'n4'), tell)).toBe('alive');
  expect(outcomeOf(page('stranger', 'n5'), tell)).toBe('dead');
});

test.each([
  ['the same for all', [answer(200, 'shell'), answer(200, 'shell')], answer(200, 'shell')],
  ['refused already', [answer(401), answer(401)], answer(401)],
  ['accepted once', [answer(200, 'ada'), answer(401)], answer(401)],
  ['new each time, for all', [page('you', 'n1'), page('you', 'n2')], page('you', 'n3')],
  ['a redirect', [answer(302), answer(302)], answer(200)],
] as const)('nothing is told by what is %s', (_name, copies, nobody) => {
  expect(tellOf(copies, nobody)).toBeUndefined();
});

test.each([0, 429, 500, 503])('%d says nothing', (status) => {
  const tell = tellOf([answer(200, 'ada'), answer(200, 'ada')], answer(401))!;
  expect(outcomeOf(answer(status), tell)).toBe('unclear');
});
