import { PAGES, ROUTES } from '@latchkey/protocol';
import { authorizationQuery } from '@latchkey/protocol/schemas';
import { withAnswer } from '../../domain/authorization/redirect-uri.ts';
import type { AuthorizationTarget } from '../../domain/authorization/request.ts';
import {
  advanceAuthorization,
  allowAuthorization,
  denyAuthorization,
  readAuthorization,
  resumeAuthorization,
  withChosenAccount,
  type AdvanceResult,
  type AuthorizationReading,
  type CheckedAuthorization,
} from '../../operations/authorize.ts';
import type { LiveSession } from '../../operations/refresh-session.ts';
import { consentPage } from '../../pages/consent-page.ts';
import { FORM_ACTIONS } from '../../pages/form-actions.ts';
import { onwardPage } from '../../pages/onward-page.ts';
import { ApiError } from '../api-error.ts';
import { currentSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, AppContext, HttpDependencies } from '../environment.ts';
import { CONTINUE } from '../middleware/keep-slot.ts';
import { readPostedQuery, readQuery } from '../query.ts';
import { readForm } from '../request-body.ts';

const ANSWERS = { 200: { description: 'A page' }, 303: { description: 'To the client, or to the sign-in page' } };

const DECISIONS: ReadonlyMap<string, typeof allowAuthorization> = new Map([
  ['allow', allowAuthorization],
  ['deny', denyAuthorization],
]);

/** The authorization endpoint (RFC 6749 §3.1, OAuth 2.1 §3.1), and the answer of the user. */
export function mountAuthorize(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  app.get(
    ROUTES.authorize,
    documented({
      tag: 'OAuth',
      summary: 'Ask a user for an authorization code',
      description:
        'Where a client sends the browser (RFC 6749 §4.1.1), with PKCE by S256 (RFC 7636). The answer is a redirect to ' +
        'the client, with `iss` (RFC 9207), or a page by which the user signs in or is asked.',
      query: authorizationQuery,
      answers: ANSWERS,
      errors: ['invalid_request', 'temporarily_unavailable'],
    }),
    async (c) => {
      const parameters = readQuery(c);
      const continuation = parameters.get(CONTINUE)?.[0];
      const isContinued = continuation !== undefined;
      const reading = isContinued
        ? await resumeAuthorization(operations, continuation)
        : await readAuthorization(operations, parameters);
      const checked = requireChecked(reading);
      if (checked.kind === 'refused')
        return leave(c, dependencies, checked.target, { error: checked.error }, isContinued);
      const current = await currentSession(c, dependencies);
      if (current === undefined && !isContinued) return hop(c, dependencies, checked);
      const result = await advanceAuthorization(operations, checked, current, c.var.caller);
      return answer(c, dependencies, { checked, current, result, isContinued });
    },
  );

  app.post(
    ROUTES.authorize,
    documented({
      tag: 'OAuth',
      summary: 'The same, for a request that a form of the client sends',
      description: 'OpenID Connect Core §3.1.2.1. The answer is a page that goes on by itself.',
      form: authorizationQuery,
      answers: ANSWERS,
      errors: ['invalid_request', 'unsupported_media_type', 'temporarily_unavailable'],
    }),
    async (c) => {
      const checked = requireChecked(await readAuthorization(operations, await readPostedQuery(c)));
      if (checked.kind === 'refused') return leave(c, dependencies, checked.target, { error: checked.error }, false);
      // Any site may send this: nothing is done by a cookie until the browser comes from a page of ours.
      return hop(c, dependencies, checked);
    },
  );

  mountAnswers(app, dependencies);
}

/** What the user says to a page of ours. */
function mountAnswers(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  app.post(FORM_ACTIONS.consent, async (c) => {
    const form = await readForm(c);
    const current = await currentSession(c, dependencies);
    if (current === undefined) throw new ApiError('no_session');
    const continuation = form.get('continuation') ?? '';
    // Sealed for the session that was asked: nobody allows anything with another account by mistake.
    const checked = requireChecked(await resumeAuthorization(operations, continuation, current.session.id));
    if (checked.kind === 'refused') throw new ApiError('invalid_request');
    const decide = DECISIONS.get(form.get('decision') ?? '');
    if (decide === undefined) throw new ApiError('invalid_request', { detail: 'decision must be allow or deny' });
    const result = await decide(operations, checked, current, c.var.caller);
    return answer(c, dependencies, { checked, current, result, isContinued: true });
  });

  app.post(FORM_ACTIONS.chooseAccount, async (c) => {
    const continuation = (await readForm(c)).get('continuation') ?? '';
    const reading = requireChecked(await resumeAuthorization(operations, continuation));
    if (reading.kind === 'refused') throw new ApiError('invalid_request');
    const current = await currentSession(c, dependencies);
    // Who has signed out since is asked to sign in.
    const checked = current === undefined ? reading : withChosenAccount(operations, reading);
    const result = await advanceAuthorization(operations, checked, current, c.var.caller);
    return answer(c, dependencies, { checked, current, result, isContinued: true });
  });
}

/** The cookie is left out where another site leads here (SameSite=Strict): from a page of ours it is not. */
function hop(
  c: AppContext,
  dependencies: HttpDependencies,
  checked: CheckedAuthorization,
): Response | Promise<Response> {
  // No page of ours is shown in a frame, so none could go on from there: whoever asks silently is told at once.
  if (isSilentFrame(c, checked)) return leave(c, dependencies, checked.request, { error: 'login_required' }, false);
  return c.html(onwardPage({ href: pathOf(checked) }));
}

/** A script that asks in a hidden frame of its page (OpenID Connect Core §3.1.2.1). */
function isSilentFrame(c: AppContext, { request }: CheckedAuthorization): boolean {
  return request.prompts.includes('none') && c.req.header('Sec-Fetch-Dest') === 'iframe';
}

type Checked = Extract<AuthorizationReading, { readonly kind: 'checked' | 'refused' }>;

/** RFC 6749 §4.1.2.1: whoever has no known address is told here, and sent nowhere. */
function requireChecked(reading: AuthorizationReading): Checked {
  switch (reading.kind) {
    case 'checked':
    case 'refused':
      return reading;
    case 'unknown_client':
      throw new ApiError('invalid_request', { detail: 'The program that sent you here is not known to this server.' });
    case 'bad_redirect_uri':
      throw new ApiError('invalid_request', {
        detail: 'The program that sent you here gave a wrong address to return to.',
      });
    case 'expired':
      throw new ApiError('invalid_request', {
        detail: 'This took too long. Go back to where you came from and begin anew.',
      });
  }
}

interface Advanced {
  readonly checked: CheckedAuthorization;
  readonly current: LiveSession | undefined;
  readonly result: AdvanceResult;
  readonly isContinued: boolean;
}

function answer(
  c: AppContext,
  dependencies: HttpDependencies,
  { checked, current, result, isContinued }: Advanced,
): Response | Promise<Response> {
  const { request, client } = checked;
  switch (result.kind) {
    case 'sign_in':
      return c.redirect(`${PAGES.signIn}?notice=sign-in-first&next=${encodeURIComponent(pathOf(checked))}`, 303);
    case 'ask_consent': {
      const { host } = new URL(request.redirectUri);
      const { name: clientName } = client;
      const email = current?.user.email ?? '';
      return c.html(
        consentPage({ clientName, email, host, scopes: request.scopes, continuation: result.continuation }),
      );
    }
    case 'granted':
      return leave(c, dependencies, request, { code: result.code }, isContinued);
    case 'refused':
      return leave(c, dependencies, request, { error: result.error }, isContinued);
  }
}

/** Back to the client, by GET whatever came before (RFC 9700 §4.12). */
function leave(
  c: AppContext,
  { operations }: HttpDependencies,
  { redirectUri, state }: AuthorizationTarget,
  outcome: Readonly<Record<string, string>>,
  isContinued: boolean,
): Response | Promise<Response> {
  const href = withAnswer(redirectUri, { ...outcome, state, iss: operations.policy.issuer });
  return isContinued ? c.html(onwardPage({ href })) : c.redirect(href, 303);
}

function pathOf({ continuation }: CheckedAuthorization): string {
  return `${ROUTES.authorize}?${CONTINUE}=${continuation}`;
}
