/** A moderator's tool: locks or deletes many questions at once, for whoever calls it, with tokens by exchange (RFC 8693). */
import { serve } from '@hono/node-server';
import { createVerifier } from '@latchkey/verifier';
import { requireToken, type TokenVariables } from '@latchkey/verifier/hono';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';

const { PORT = '4501', LATCHKEY_ISSUER: issuer = 'http://localhost:4400' } = process.env;
const { FORUM_URL: forum = 'http://localhost:4500', FORUM_AUDIENCE: forumAudience = 'http://localhost:4500' } =
  process.env;
const { LATCHKEY_CLIENT_ID: id = '', LATCHKEY_CLIENT_SECRET: secret = '' } = process.env;
/** The name of this service: what moderators send here is good here alone. */
const ownAudience = 'http://localhost:4501';

if (id === '' || secret === '') {
  console.error(`This service exchanges tokens, as a client of the server. Register it:

  npx latchkey clients add "Moderation" --grant urn:ietf:params:oauth:grant-type:token-exchange --first-party \\
    --scope "revocations:read introspect" --audience ${ownAudience} --audience ${forumAudience}

and start it with LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET as that prints them.`);
  process.exit(1);
}

const verifier = createVerifier({ issuer, audience: ownAudience, client: { id, secret } });
void verifier.ready().catch(() => console.error(`${issuer} cannot be reached yet; trying on`));

const sweep = z.strictObject({
  questions: z.array(z.int().positive()).min(1).max(100),
  action: z.enum(['lock', 'delete']),
  reason: z.string().min(1).max(200),
});

/** A token for the forum in exchange for one that was sent here: of the same moderator, naming this service as `act`. */
async function exchange(token: string): Promise<string | undefined> {
  const response = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: forumAudience,
    }),
    redirect: 'error',
    signal: AbortSignal.timeout(5000),
  });
  return response.ok ? z.object({ access_token: z.string() }).parse(await response.json()).access_token : undefined;
}

/** What the forum says of one question: `done`, the code of its problem document, or `unknown` where no answer came. */
async function act(token: string, question: number, { action, reason }: z.infer<typeof sweep>): Promise<string> {
  const response = await fetch(`${forum}/api/questions/${question}/${action}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ reason }),
    redirect: 'error',
    signal: AbortSignal.timeout(5000),
  }).catch(() => undefined);
  // What was done before must not be lost with this one.
  if (response === undefined) return 'unknown';
  const body = z.object({ code: z.string() }).safeParse(await response.json().catch(() => undefined));
  return response.ok ? 'done' : (body.data?.code ?? `status_${response.status}`);
}

const app = new Hono<{ Variables: TokenVariables }>();
app.use(bodyLimit({ maxSize: 10_000 }));
app.get('/', (c) =>
  c.text('POST /sweep {"questions":[1,2],"action":"lock","reason":"…"}, with an Authorization: Bearer header'),
);
app.post('/sweep', requireToken(verifier), async (c) => {
  c.header('Cache-Control', 'no-store');
  const roles: readonly string[] = c.get('token').roles;
  if (!roles.includes('moderator')) return c.json({ error: 'This is for moderators' }, 403);
  const body = sweep.safeParse(await c.req.json().catch(() => undefined));
  if (!body.success) return c.json({ error: 'The body is not as expected' }, 400);
  // The guard has seen that there is one, and that it is good here.
  const token = await exchange(c.req.header('Authorization')?.replace(/^\S+ +/, '') ?? '').catch(() => undefined);
  if (token === undefined) return c.json({ error: 'The token could not be exchanged' }, 502);
  const results: Record<number, string> = {};
  for (const question of body.data.questions) results[question] = await act(token, question, body.data);
  return c.json({ results });
});

serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' }, () => {
  console.log(`Moderation on http://localhost:${PORT}, of ${forum}, for tokens of ${issuer}`);
});
