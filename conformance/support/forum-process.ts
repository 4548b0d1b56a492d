import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { startGuard, waitUntilReady, type GuardedProcess } from '../../packages/server/test/support/guarded-process.ts';
import { registerForum } from '../../scripts/start/forum-clients.ts';
import { commandLine, latchkey } from './command-line.ts';
import { compileCache } from './compile-cache.ts';
import { addExampleClient, startExample } from './example-api.ts';
import type { ServerProcess } from './server-process.ts';

const forumDirectory = fileURLToPath(new URL('../../examples/forum/', import.meta.url));
const startTimeoutMs = 30_000;

/** What tokens for the forum name. */
const FORUM_AUDIENCE = 'http://localhost:4500';

/** The forum as a process, registered at a server as `npm start` registers it. Never outlives the run. */
export interface ForumProcess extends AsyncDisposable {
  /** `http://localhost:PORT`. */
  readonly origin: string;
  output(): string;
  /** SIGTERM; resolves once it has ended. */
  stop(): Promise<void>;
  restart(): Promise<void>;
}

export async function startForum(server: ServerProcess): Promise<ForumProcess> {
  const guard = await startGuard({ prefix: 'latchkey-forum-' });
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  try {
    const keyFile = join(guard.directory, 'job.key.json');
    const place = { url: origin, audience: FORUM_AUDIENCE, keyFile, file: join(guard.directory, 'clients.json') };
    const registered = await registerForum((...args) => runLatchkey(server, args), place);
    const start = async (): Promise<GuardedProcess> => {
      const started = await guard.run({
        file: process.execPath,
        args: ['src/main.ts'],
        cwd: forumDirectory,
        env: {
          ...compileCache(commandLine),
          FORUM_PORT: String(port),
          FORUM_URL: origin,
          FORUM_DATABASE: join(guard.directory, 'forum.db'),
          FORUM_SECRET: registered.forumSecret,
          LATCHKEY_ISSUER: server.origin,
          FORUM_CLIENT_ID: registered.clientId,
          FORUM_CLIENT_SECRET: registered.clientSecret,
          FORUM_JOB_CLIENT_ID: registered.jobClientId,
          FORUM_JOB_KEY_FILE: keyFile,
        },
        endSignal: 'SIGKILL',
      });
      await waitUntilReady(started, async () => (await fetch(`${origin}/health`)).ok, startTimeoutMs);
      return started;
    };
    let running = await start();
    return {
      origin,
      output: () => running.output(),
      stop: async () => {
        running.signal('SIGTERM');
        await running.exited;
      },
      restart: async () => {
        running = await start();
      },
      [Symbol.asyncDispose]: () => guard.end(),
    };
  } catch (error) {
    await guard.end();
    throw error;
  }
}

async function runLatchkey(server: ServerProcess, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await latchkey(args, server);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** The name of the moderators' tool. */
export const TOOL_AUDIENCE = 'http://localhost:4501';

export interface ModerationProcess extends AsyncDisposable {
  readonly origin: string;
  readonly clientId: string;
}

/** The moderators' tool of the forum, registered as it says itself. */
export async function startModeration(server: ServerProcess, forum: ForumProcess): Promise<ModerationProcess> {
  const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
  const audiences = ['--audience', TOOL_AUDIENCE, '--audience', FORUM_AUDIENCE];
  const scope = ['--scope', 'revocations:read introspect', '--first-party'];
  const client = await addExampleClient(server, ['Moderation', '--grant', grant, ...scope, ...audiences]);
  const program = '../forum/src/tools/moderation-service.ts';
  const started = await startExample(server, program, client, { FORUM_URL: forum.origin });
  return { ...started, clientId: client.client_id };
}
