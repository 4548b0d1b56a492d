import { afterAll, beforeAll, expect, test } from 'vitest';
import { newBrowserSecret } from '../../src/domain/one-time-tokens/magic-link.ts';
import { banUser } from '../../src/operations/ban-user.ts';
import { confirmEmail } from '../../src/operations/confirm-email.ts';
import { requestEmailVerification } from '../../src/operations/request-email-verification.ts';
import { requestMagicLink } from '../../src/operations/request-magic-link.ts';
import { requestPasswordReset } from '../../src/operations/request-password-reset.ts';
import { readOutbox } from '../../src/operations/deliver-mail.ts';
import { signIn } from '../../src/operations/sign-in.ts';
import { signUp } from '../../src/operations/sign-up.ts';
import { findUserByEmail } from '../../src/storage/users.ts';
import { openNode, type TestNode } from '../rotation/nodes.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases.ts';
import { PASSWORD, TestClock } from '../support/test-server.ts';

/** What an address is to the server must not show in the time that an answer takes: in the statements, that is. */

const NOBODY = { network: null, userAgent: null };

let database: TestDatabase;
let node: TestNode;
beforeAll(async () => {
  database = await createTestDatabase('sqlite');
  node = await openNode(database.url, new TestClock());
  const { operations } = node;
  await signUp(operations, { email: 'member@example.com', password: PASSWORD }, NOBODY);
  const [mail] = await readOutbox(operations, 1);
  const token = /lko_[\w-]+/.exec(mail!.text)![0];
  const { kind } = await confirmEmail(operations, { token }, NOBODY);
  if (kind !== 'confirmed') throw new Error('The address could not be confirmed');
  await signUp(operations, { email: 'waiting@example.com', password: PASSWORD }, NOBODY);
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await database.drop();
});

async function statementsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  node.statements.length = 0;
  await work();
  return [...node.statements];
}

test.each(['nobody@example.com', 'waiting@example.com', 'member@example.com', 'no address'])(
  'a wrong password for %s',
  async (email) => {
    const wrong = { email, password: 'a wrong password' };
    const statements = await statementsOf(async () => {
      expect(await signIn(node.operations, wrong, NOBODY)).toEqual({ kind: 'invalid_credentials' });
    });
    // Text that is no address is known to whoever sends it.
    expect(statements).toEqual([...(email.includes('@') ? ['select', 'select'] : []), 'begin', 'insert']);
  },
);

test('another link to confirm: as much is written for nobody', async () => {
  const written = (email: string) => statementsOf(() => requestEmailVerification(node.operations, { email }, NOBODY));
  const forNobody = await written('nobody@example.com');
  expect(forNobody.length).toBeGreaterThan(5);
  expect(await written('member@example.com')).toEqual(forNobody);
  expect(await written('waiting@example.com')).toEqual(forNobody);
});

test('a sign-up, with the same answer to a sign-in that follows', async () => {
  const written = (email: string) =>
    statementsOf(() => signUp(node.operations, { email, password: 'just a chosen password' }, NOBODY));
  const forNew = await written('new@example.com');
  expect(forNew.length).toBeGreaterThan(5);
  expect(await written('member@example.com')).toEqual(forNew);
  expect(await written('waiting@example.com')).toEqual(forNew);
  for (const email of ['new@example.com', 'member@example.com', 'waiting@example.com']) {
    const statements = await statementsOf(async () => {
      const input = { email, password: 'just a chosen password' };
      expect(await signIn(node.operations, input, NOBODY)).toEqual({ kind: 'email_not_verified' });
    });
    expect(statements).toEqual(['select', 'select', 'begin', 'insert']);
  }
});

test('a link that resets the password: as much is written for nobody', async () => {
  const written = async (email: string) => {
    const statements = await statementsOf(() => requestPasswordReset(node.operations, { email }, NOBODY));
    return statements.toSorted();
  };
  const forNobody = await written('nobody@example.com');
  expect(forNobody.length).toBeGreaterThan(5);
  expect(await written('member@example.com')).toEqual(forNobody);
  expect(await written('waiting@example.com')).toEqual(forNobody);
});

test('a link that signs in: as much is written for nobody, and for the banned', async () => {
  const { operations } = node;
  const written = async (email: string) => {
    const input = { email, browser: newBrowserSecret(operations.random) };
    return (await statementsOf(() => requestMagicLink(operations, input, NOBODY))).toSorted();
  };
  const forNobody = await written('nobody@example.com');
  expect(forNobody.length).toBeGreaterThan(5);
  const member = await findUserByEmail(operations.store.queries, 'member@example.com');
  expect(await written('member@example.com')).toEqual(forNobody);
  expect(await written('waiting@example.com')).toEqual(forNobody);
  await banUser(operations, member!, 'cli');
  expect(await written('member@example.com')).toEqual(forNobody);
});
