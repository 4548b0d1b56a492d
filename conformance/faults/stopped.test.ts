import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { newAccount, type Account } from '../support/accounts.ts';
import { startServer } from '../support/server-process.ts';

/** The longest that requests are waited for: a stop that takes so long has not noticed that they are done. */
const drainMs = 10_000;

/** A sign-up whose head the server has taken and whose body it waits for. */
async function beginSignUp(port: number, body: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    [
      'POST /api/sign-up HTTP/1.1',
      `Host: localhost:${port}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Expect: 100-continue',
      '',
      '',
    ].join('\r\n'),
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toContain('100 Continue');
  return socket;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

test.concurrent.each(['SIGTERM', 'SIGINT'] as const)(
  '%s: requests in flight finish, the port is closed, exit code 0',
  async (signal) => {
    await using server = await startServer();
    await (await fetch(`${server.origin}/health/live`)).text();
    const begin = async (account: Account) => {
      const body = JSON.stringify(account);
      const socket = await beginSignUp(server.port, body);
      const answer = text(socket);
      return { account, answer, finish: () => socket.write(body) };
    };
    const requests = await Promise.all(Array.from({ length: 8 }, () => begin(newAccount())));
    const [late, ...hashing] = requests;
    // These wait for their passwords to be hashed, the last one for the rest of its body.
    for (const request of hashing) request.finish();
    const ended = server.signal(signal);
    await expect.poll(() => isListening(server.port)).toBe(false);
    expect(server.isRunning()).toBe(true);
    // Told once more, by somebody who does not want to wait, it goes on finishing.
    void server.signal(signal);
    late!.finish();
    const finishedAt = Promise.all(requests.map(({ answer }) => answer)).then(() => performance.now());
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - (await finishedAt)).toBeLessThan(drainMs / 2);
    for (const { answer } of requests) expect(await answer).toMatch(/^HTTP\/1\.1 202 /);

    await server.restart();
    for (const { account } of requests) await server.mailTo(account.email);
  },
);
