import { PAGES, ROUTES } from '@latchkey/protocol';
import { logoutQuery } from '@latchkey/protocol/schemas';
import type { FormParameters } from '../../domain/clients/form-encoding.ts';
import { withAnswer } from '../../domain/authorization/redirect-uri.ts';
import { logOut } from '../../operations/log-out.ts';
import { logOutPage } from '../../pages/log-out-page.ts';
import { ApiError } from '../api-error.ts';
import { documented } from '../documentation.ts';
import type { App, AppContext, HttpDependencies } from '../environment.ts';
import { readPostedQuery, readQuery } from '../query.ts';

const ANSWERS = { 200: { description: 'A page that asks' }, 303: { description: 'Signed out' } };

/** RP-initiated logout (OpenID Connect RP-Initiated Logout §2). */
export function mountLogout(app: App, dependencies: HttpDependencies): void {
  app.get(
    ROUTES.logout,
    documented({
      tag: 'OAuth',
      summary: 'Sign a user out',
      description:
        'Where a client sends the browser, with an ID token of the session. Without one the user is asked, and sent ' +
        'nowhere afterwards.',
      query: logoutQuery,
      answers: ANSWERS,
      errors: ['invalid_request', 'temporarily_unavailable'],
    }),
    async (c) => answer(c, dependencies, readQuery(c)),
  );
  app.post(
    ROUTES.logout,
    documented({
      tag: 'OAuth',
      summary: 'The same, for a request that a form of the client sends',
      form: logoutQuery,
      answers: ANSWERS,
      errors: ['invalid_request', 'unsupported_media_type', 'temporarily_unavailable'],
    }),
    async (c) => answer(c, dependencies, await readPostedQuery(c)),
  );
}

/** Reads no cookie: another site may send this. */
async function answer(c: AppContext, { operations }: HttpDependencies, parameters: FormParameters): Promise<Response> {
  const get = (name: string) => parameters.get(name)?.[0];
  const request = {
    idTokenHint: get('id_token_hint'),
    clientId: get('client_id'),
    redirectUri: get('post_logout_redirect_uri'),
  };
  const result = await logOut(operations, request, c.var.caller);
  switch (result.kind) {
    case 'ask':
      return c.html(logOutPage());
    case 'bad_redirect_uri':
      throw new ApiError('invalid_request', { detail: 'The address to go on to is not one of the client.' });
    case 'signed_out': {
      const { redirectUri } = result;
      if (redirectUri === undefined) return c.redirect(`${PAGES.signIn}?notice=signed-out`, 303);
      const state = get('state');
      return c.redirect(state === undefined ? redirectUri : withAnswer(redirectUri, { state }), 303);
    }
  }
}
