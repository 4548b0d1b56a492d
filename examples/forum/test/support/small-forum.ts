import { Hono } from 'hono';
import { accountsPage, signInPage } from '../../src/accounts/pages.ts';
import { createSeals } from '../../src/accounts/sealed.ts';
import type { AuthorId, Viewer } from '../../src/domain/types.ts';
import { createApp } from '../../src/http/app.ts';
import type { Accounts, App, AppContext, AppEnvironment } from '../../src/http/environment.ts';
import { showPage } from '../../src/http/show-page.ts';
import { mountMailPages } from '../../src/jobs/mail-routes.ts';
import { createBell } from '../../src/operations/bell.ts';
import type { ForumContext } from '../../src/operations/context.ts';
import { answerQuestion, askQuestion, commentOn, upsertAuthor, vote } from '../../src/operations/index.ts';
import { openDatabase } from '../../src/storage/open-database.ts';

export const ORIGIN = 'http://localhost:4500';
export const ISSUER = 'http://localhost:4400';
const NOW = Date.parse('2026-11-22T12:00:00Z');

const person = (name: string, isModerator = false): Viewer => ({
  id: `usr_${name.split(' ')[0]!.toLowerCase()}` as AuthorId,
  name,
  isModerator,
});
export const ada = person('Ada Example');
export const grace = person('Grace Example');
export const mod = person('Moderator Example', true);

/** The name of the cookie of a slot; the value is who it is. Good enough where signing in is not what is tested. */
export const cookieName = (slot?: number): string => (slot === undefined ? 'who' : `who.${slot}`);
export const cookie = ({ id }: Viewer, slot?: number): string => `${cookieName(slot)}=${id}`;

/** The forum with its real database and pages, and with people who are signed in by saying who they are. */
export class SmallForum implements Disposable {
  readonly context: ForumContext;
  readonly app: App;
  readonly stopping = new AbortController();
  readonly seals = createSeals('a secret of a test, which is more than 32 bytes long');
  /** What was logged as an error: no test expects any. */
  readonly #errors: object[] = [];
  /** Who is signed in: take somebody out, and it is as if they were banned. */
  readonly people = new Map<string, Viewer>([ada, grace, mod].map((viewer) => [viewer.id, viewer]));
  now = NOW;
  accountsUnavailable = false;

  constructor(options: { readonly origin?: string } = {}) {
    this.context = { database: openDatabase(':memory:'), clock: () => this.now, bell: createBell() };
    for (const { id, name } of this.people.values()) upsertAuthor(this.context, { id, name });
    const log = { info: () => {}, warn: () => {}, error: (fields: object) => void this.#errors.push(fields) };
    this.app = createApp({
      context: this.context,
      accounts: this.#accounts(),
      log,
      origin: options.origin ?? ORIGIN,
      issuer: ISSUER,
      stopping: this.stopping.signal,
    });
  }

  [Symbol.dispose](): void {
    this.stopping.abort();
    this.context.database.close();
    if (this.#errors.length > 0) throw new Error('The forum logged errors', { cause: this.#errors });
  }

  #viewer(c: AppContext, slot: number | undefined): Viewer | undefined {
    const cookies = (c.req.header('Cookie') ?? '').split('; ');
    const value = cookies.find((text) => text.startsWith(`${cookieName(slot)}=`))?.split('=')[1];
    return value === undefined ? undefined : this.people.get(value);
  }

  #accounts(): Accounts {
    const slots = [undefined, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    return {
      identify: async (c, next) => {
        c.set('accountsUnavailable', this.accountsUnavailable);
        c.set('viewer', this.accountsUnavailable ? undefined : this.#viewer(c, c.var.slot));
        await next();
      },
      isStillViewer: (c) => Promise.resolve(this.#viewer(c, c.var.slot) !== undefined),
      listAccounts: (c) => {
        const all = slots.map((slot) => ({ slot, viewer: this.#viewer(c, slot) }));
        return Promise.resolve(all.flatMap(({ slot, viewer }) => (viewer ? [{ slot, ...viewer }] : [])));
      },
      routes: this.#signInPages(),
      api: new Hono<AppEnvironment>(),
    };
  }

  /** As they look; they do nothing. */
  #signInPages(): Hono<AppEnvironment> {
    const routes = new Hono<AppEnvironment>();
    routes.get('/sign-in', (c) =>
      showPage(c, signInPage({ next: '/', isAnotherAccount: c.req.query('slot') === 'new' })),
    );
    const settings = { mode: 'development', smtpUrl: undefined } as const;
    mountMailPages(routes, { settings, seals: this.seals, sendNow: () => Promise.resolve() });
    routes.get('/accounts', async (c) => showPage(c, accountsPage(await c.var.accounts.listAccounts(c), ISSUER)));
    return routes;
  }

  /** As a browser goes to an address. */
  async get(path: string, viewer?: Viewer, headers: Record<string, string> = {}): Promise<Response> {
    return this.send('GET', path, viewer, headers);
  }

  /** As a browser posts a form of a page. */
  async post(
    path: string,
    fields: Record<string, string>,
    viewer?: Viewer,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.send(
      'POST',
      path,
      viewer,
      { 'Sec-Fetch-Site': 'same-origin', ...headers },
      new URLSearchParams(fields),
    );
  }

  async send(
    method: string,
    path: string,
    viewer: Viewer | undefined,
    headers: Record<string, string>,
    body?: BodyInit,
  ): Promise<Response> {
    const request = new Request(`${ORIGIN}${path}`, {
      method,
      headers: { Accept: 'text/html', ...(viewer && { Cookie: cookie(viewer) }), ...headers },
      ...(body !== undefined && { body }),
    });
    return this.app.fetch(request);
  }

  ask(viewer: Viewer = ada, title = 'Where is a JWT stored?', tags: readonly string[] = ['jwt', 'cookies']): number {
    const outcome = askQuestion(this.context, viewer, { title, body: 'I see **many** answers.', tags });
    if (outcome.kind !== 'done') throw new Error(`not asked: ${JSON.stringify(outcome)}`);
    return outcome.id;
  }

  answer(questionId: number, viewer: Viewer = grace, body = 'In a cookie that no script can read.'): number {
    const outcome = answerQuestion(this.context, viewer, { questionId, body });
    if (outcome.kind !== 'done') throw new Error(`not answered: ${JSON.stringify(outcome)}`);
    return outcome.id;
  }

  comment(questionId: number, viewer: Viewer = grace, text = 'Which browsers?'): number {
    const outcome = commentOn(this.context, viewer, { post: { kind: 'question', id: questionId }, text });
    if (outcome.kind !== 'done') throw new Error(`no comment: ${JSON.stringify(outcome)}`);
    return outcome.id;
  }

  voteFor(questionId: number, viewer: Viewer = grace): void {
    vote(this.context, viewer, { post: { kind: 'question', id: questionId }, value: 1 });
  }
}
