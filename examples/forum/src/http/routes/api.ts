import type { Verifier } from '@latchkey/verifier';
import { requireToken, type TokenVariables } from '@latchkey/verifier/hono';
import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { parseAuthorId } from '../../domain/author-id.ts';
import type { Outcome, PostRef, Viewer, WriteOutcome } from '../../domain/types.ts';
import {
  deletePost,
  listQuestions,
  lockQuestion,
  readProfile,
  readQuestion,
  unlockQuestion,
  upsertAuthor,
} from '../../operations/index.ts';
import type { AppEnvironment } from '../environment.ts';
import { HttpProblem } from '../http-problem.ts';
import { choiceOf, cursorOf, ID, idOf } from '../parameters.ts';
import { refusal } from '../refusal.ts';

interface ApiEnvironment {
  Variables: AppEnvironment['Variables'] & TokenVariables;
}
type ApiContext = Context<ApiEnvironment>;

const ROLE = 'moderator';
const UNNAMED = 'A moderator';
const withReason = z.strictObject({ reason: z.string() });
const withOptionalReason = z.strictObject({ reason: z.string().optional() });
const nothing = z.strictObject({});

/**
 * `/api`, for programs. What everybody may read needs no token; what moderators do needs one of theirs: for this forum
 * (`aud`), with their role, verified here without asking Latchkey, and void within a second of whatever ends it there.
 */
export function createApi(verifier: Verifier): Hono<AppEnvironment> {
  const api = new Hono<ApiEnvironment>();

  api.get('/api/questions', (c) => {
    const sort = choiceOf(c, 'sort', ['active', 'newest', 'votes', 'unanswered']);
    const page = listQuestions(c.var.context, { sort, tag: c.req.query('tag'), cursor: cursorOf(c) });
    return c.json(page);
  });

  api.get(`/api/questions/${ID}`, (c) => {
    const sort = choiceOf(c, 'sort', ['votes', 'oldest', 'newest']);
    const found = readQuestion(c.var.context, undefined, idOf(c), { sort, cursor: cursorOf(c) });
    if (found === undefined) throw new HttpProblem('not_found');
    return c.json(found);
  });

  const guard = requireToken<ApiContext>(verifier, {
    realm: 'sawal',
    onRefused: (error, c) => c.var.log.info({ code: error.code, path: c.req.path }, 'a token was refused'),
  });

  api.post(`/api/questions/${ID}/lock`, guard, async (c) => {
    const { reason } = await readBody(c, withReason);
    return answer(c, lockQuestion(c.var.context, moderatorOf(c), { id: idOf(c), reason }));
  });

  api.post(`/api/questions/${ID}/unlock`, guard, async (c) => {
    await readBody(c, nothing);
    return answer(c, unlockQuestion(c.var.context, moderatorOf(c), { id: idOf(c) }));
  });

  for (const kind of ['question', 'answer'] as const) {
    api.post(`/api/${kind}s/${ID}/delete`, guard, async (c) => {
      const { reason } = await readBody(c, withOptionalReason);
      const post: PostRef = { kind, id: idOf(c) };
      return answer(c, deletePost(c.var.context, moderatorOf(c), { post, reason }));
    });
  }

  return new Hono<AppEnvironment>().route('/', api);
}

/** Whose token it is, and who acts for them (RFC 8693 §4.1): both go to the moderation log. */
function moderatorOf(c: ApiContext): Viewer {
  const token = c.get('token');
  const id = parseAuthorId(token.subject);
  if (id === undefined || token.kind !== 'access_token' || !token.roles.includes(ROLE)) {
    throw new HttpProblem('forbidden', { detail: `This takes a token of somebody with the role “${ROLE}”.` });
  }
  const { context } = c.var;
  const author = readProfile(context, id)?.author;
  // Who moderates by a tool alone may never have signed in here; a sign-in brings the name.
  if (author === undefined) upsertAuthor(context, { id, name: UNNAMED });
  if (author?.isAnonymised === true) throw new HttpProblem('forbidden', { detail: 'This account was closed.' });
  return { id, name: author?.name ?? UNNAMED, isModerator: true, actor: token.claims.act?.sub };
}

async function readBody<Schema extends z.ZodType>(c: ApiContext, schema: Schema): Promise<z.infer<Schema>> {
  const text = await c.req.text();
  const type = c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase();
  if (text !== '' && type !== 'application/json') throw new HttpProblem('unsupported_media_type');
  let body: unknown = {};
  try {
    if (text !== '') body = JSON.parse(text);
  } catch {
    throw new HttpProblem('bad_request', { detail: 'The body is not JSON.' });
  }
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const member = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.');
  throw new HttpProblem('bad_request', { detail: `The body is wrong at “${member ?? ''}”.` });
}

function answer(c: ApiContext, outcome: Outcome | WriteOutcome): Response {
  c.header('Cache-Control', 'no-store');
  switch (outcome.kind) {
    case 'done':
      return c.json(outcome);
    case 'invalid': {
      const problems = outcome.problems.map(({ field, code }) => `${field}: ${code}`);
      throw new HttpProblem('invalid_input', { detail: problems.join(', ') });
    }
    case 'refused':
      throw refusal(outcome);
  }
}
