import { API_ERRORS, PAGES, ROUTES } from '@latchkey/protocol';
import { signInRequest as signInBody } from '@latchkey/protocol/schemas';
import { resumeAuthorization } from '../../../operations/authorize.ts';
import type { FieldErrors, Notice } from '../../../pages/form-field.ts';
import { safeReturnPath } from '../../../pages/safe-return-path.ts';
import { signInPage } from '../../../pages/sign-in-page.ts';
import { addressInSlot, SLOT_PARAMETER } from '../../../pages/slot-address.ts';
import { pageAccounts } from '../../browser-accounts.ts';
import { requestedSlot } from '../../cookies.ts';
import type { App, AppContext, HttpDependencies } from '../../environment.ts';
import { CONTINUE } from '../../middleware/keep-slot.ts';
import { readForm } from '../../request-body.ts';
import { signInRequest } from '../../sign-in-request.ts';
import { accountErrors, formMembers } from './account-form.ts';

/** What a redirect to this page may say, by the word in its query. */
const NOTICES: ReadonlyMap<string | undefined, Notice> = new Map([
  ['signed-out', { tone: 'success', text: 'You are signed out.' }],
  ['signed-out-everywhere', { tone: 'success', text: 'You are signed out on every device.' }],
  ['password-reset', { tone: 'success', text: 'Your new password is set. Sign in with it.' }],
  ['account-deleted', { tone: 'success', text: 'Your account is deleted.' }],
  ['sign-in-first', { tone: 'info', text: 'Sign in to go on.' }],
  ['administrator-created', { tone: 'success', text: 'The administrator is ready. Sign in now.' }],
]);

export function mountSignInPage(app: App, dependencies: HttpDependencies): void {
  const { magicLinks } = dependencies.operations.policy;

  app.get(PAGES.signIn, async (c) => {
    const notice = NOTICES.get(c.req.query('notice'));
    const next = c.req.query('next');
    const { email, continuation } = await waitingRequest(dependencies, next);
    const { accounts: signedIn, current, freeSlot } = await pageAccounts(c, dependencies);
    const replaced = signedIn.find(({ slot }) => slot === current);
    // Whoever is to choose means to be somebody else, not to sign the first account out: it has a place of its own.
    const isToChoose = continuation !== undefined && c.req.query(SLOT_PARAMETER) === undefined;
    if (isToChoose && replaced !== undefined && freeSlot !== undefined) {
      const { pathname, search } = new URL(c.req.url);
      return c.redirect(addressInSlot(pathname + search, freeSlot), 303);
    }
    const values = { email, remember: false };
    const others = { signedIn, continuation, inPlaceOf: replaced && { email: replaced.email, freeSlot } };
    return c.html(signInPage({ values, errors: {}, notice, next, magicLinks, ...others }));
  });

  app.post(PAGES.signIn, async (c) => {
    const form = await readForm(c);
    const remember = form.get('remember') === 'on';
    const input = signInBody.safeParse({ ...formMembers(form, ['email', 'password']), remember });
    if (!input.success) return showErrors(c, magicLinks, form, 400, accountErrors(input.error));

    const result = await signInRequest(c, dependencies, input.data, requestedSlot(c));
    switch (result.kind) {
      case 'signed_in':
        return c.redirect(safeReturnPath(form.get('next')) ?? PAGES.account, 303);
      case 'invalid_credentials':
        return showErrors(c, magicLinks, form, 401, { form: `${API_ERRORS.invalid_credentials.title}.` });
      case 'account_banned':
        return showErrors(c, magicLinks, form, 403, { form: `${API_ERRORS.account_banned.title}.` });
      case 'email_not_verified':
        return showErrors(
          c,
          magicLinks,
          form,
          403,
          { form: `${API_ERRORS.email_not_verified.title}.` },
          input.data.email,
        );
    }
  });
}

interface Waiting {
  /** Whom the client expects (`login_hint`, OpenID Connect Core §3.1.2.1). */
  readonly email: string;
  /** Where it wants the user to choose an account. */
  readonly continuation: string | undefined;
}

/** What the client asks for that waits behind the return path, if one does. */
async function waitingRequest({ operations }: HttpDependencies, next: string | undefined): Promise<Waiting> {
  const url = URL.parse(next ?? '', operations.policy.issuer);
  const continuation = url?.pathname === ROUTES.authorize ? url.searchParams.get(CONTINUE) : null;
  const reading =
    continuation === null || continuation === undefined
      ? undefined
      : await resumeAuthorization(operations, continuation);
  if (reading?.kind !== 'checked') return { email: '', continuation: undefined };
  const { loginHint = '', prompts } = reading.request;
  const isChoice = prompts.includes('select_account') && !prompts.includes('login');
  return { email: loginHint, continuation: isChoice ? reading.continuation : undefined };
}

function showErrors(
  c: AppContext,
  magicLinks: boolean,
  form: ReadonlyMap<string, string>,
  status: 400 | 401 | 403,
  errors: FieldErrors<'email' | 'password'>,
  unverifiedEmail?: string,
): Response | Promise<Response> {
  const values = { email: form.get('email') ?? '', remember: form.get('remember') === 'on' };
  return c.html(signInPage({ values, errors, next: form.get('next'), unverifiedEmail, magicLinks }), status);
}
