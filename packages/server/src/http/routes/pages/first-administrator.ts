import { PAGES } from '@latchkey/protocol';
import { firstAdministratorRequest } from '@latchkey/protocol/schemas';
import { createFirstAdministrator } from '../../../operations/create-first-administrator.ts';
import { firstAdministratorFailedPage } from '../../../pages/first-administrator-failed-page.ts';
import { firstAdministratorPage } from '../../../pages/first-administrator-page.ts';
import type { App, AppContext, HttpDependencies } from '../../environment.ts';
import { readForm } from '../../request-body.ts';
import { accountFindings, accountErrors, formMembers, type AccountErrors } from './account-form.ts';

export function mountFirstAdministratorPage(app: App, { operations }: HttpDependencies): void {
  app.get(PAGES.firstAdministrator, (c) => {
    const token = c.req.query('token');
    if (token === undefined) return c.html(firstAdministratorFailedPage(), 400);
    return c.html(firstAdministratorPage({ token, values: { email: '', name: '' }, errors: {} }));
  });

  app.post(PAGES.firstAdministrator, async (c) => {
    const form = await readForm(c);
    const input = firstAdministratorRequest.safeParse(formMembers(form, ['token', 'email', 'name', 'password']));
    if (!input.success) return showErrors(c, form, accountErrors(input.error));
    const result = await createFirstAdministrator(operations, input.data, c.var.caller);
    switch (result.kind) {
      case 'created':
        return c.redirect(`${PAGES.signIn}?notice=administrator-created`, 303);
      case 'invalid_token':
        return c.html(firstAdministratorFailedPage(), 400);
      case 'address_taken':
        return showErrors(c, form, { email: 'This address has an account. Choose another one.' });
      case 'invalid_email':
      case 'password_not_allowed':
        return showErrors(c, form, accountFindings(result));
    }
  });
}

function showErrors(
  c: AppContext,
  form: ReadonlyMap<string, string>,
  errors: AccountErrors,
): Response | Promise<Response> {
  const values = { email: form.get('email') ?? '', name: form.get('name') ?? '' };
  return c.html(firstAdministratorPage({ token: form.get('token') ?? '', values, errors }), 400);
}
