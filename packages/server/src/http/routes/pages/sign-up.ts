import { PAGES } from '@latchkey/protocol';
import { signUpRequest } from '@latchkey/protocol/schemas';
import { signUp } from '../../../operations/sign-up.ts';
import { checkMailPage } from '../../../pages/check-mail-page.ts';
import { signUpPage } from '../../../pages/sign-up-page.ts';
import type { App, AppContext, HttpDependencies } from '../../environment.ts';
import { readForm } from '../../request-body.ts';
import { accountFindings, accountErrors, formMembers, type AccountErrors } from './account-form.ts';

export function mountSignUpPage(app: App, { operations, options }: HttpDependencies): void {
  app.get(PAGES.signUp, (c) =>
    c.html(signUpPage({ values: { email: '', name: '' }, errors: {}, next: c.req.query('next') })),
  );

  app.post(PAGES.signUp, async (c) => {
    const form = await readForm(c);
    const input = signUpRequest.safeParse(formMembers(form, ['email', 'name', 'password']));
    if (!input.success) return showErrors(c, form, accountErrors(input.error));
    const result = await signUp(operations, input.data, c.var.caller);
    if (result.kind !== 'accepted') return showErrors(c, form, accountFindings(result));
    const next = form.get('next');
    return c.html(checkMailPage({ email: input.data.email, development: options.development, next }));
  });
}

function showErrors(
  c: AppContext,
  form: ReadonlyMap<string, string>,
  errors: AccountErrors,
): Response | Promise<Response> {
  const values = { email: form.get('email') ?? '', name: form.get('name') ?? '' };
  return c.html(signUpPage({ values, errors, next: form.get('next') }), 400);
}
