import { PAGES } from '@latchkey/protocol';
import { FORM_ACTIONS } from './form-actions.ts';
import {
  errorSummary,
  hiddenField,
  noticeBanner,
  passwordField,
  textField,
  emailField,
  titleWithErrors,
  type FieldErrors,
  type Notice,
} from './form-field.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';
import { safeReturnPath, withReturnPath } from './safe-return-path.ts';

export interface SignUpModel {
  readonly values: { readonly email: string; readonly name: string };
  readonly errors: FieldErrors<'email' | 'name' | 'password'>;
  readonly notice?: Notice | undefined;
  /** Where to go once signed in. Kept only when it is a path of this origin. */
  readonly next?: string | undefined;
}

/** Posts `email`, `name` (may be empty), `password` and perhaps `next` to `/sign-up`. */
export function signUpPage({ values, errors, notice, next }: SignUpModel): string {
  const returnPath = safeReturnPath(next);
  const content = html`<div class="card">
<h1>Create your account</h1>
${noticeBanner(notice)}
${errorSummary(errors)}
<form method="post" action="${FORM_ACTIONS.signUp}">
${returnPath !== undefined && hiddenField('next', returnPath)}
${emailField({
  value: values.email,
  autocomplete: 'email',
  hint: 'We send a link there to confirm that it is yours.',
  error: errors.email,
})}
${textField({
  name: 'name',
  label: 'Name',
  type: 'text',
  value: values.name,
  autocomplete: 'name',
  optional: true,
  error: errors.name,
})}
${passwordField({
  name: 'password',
  label: 'Password',
  autocomplete: 'new-password',
  hint: 'At least 8 characters; a few random words make a strong one.',
  error: errors.password,
})}
<button class="button button-primary button-wide" type="submit">Create account</button>
</form>
</div>
<p class="aside">Already have an account? <a href="${withReturnPath(PAGES.signIn, returnPath)}">Sign in</a></p>`;
  return layout({ title: titleWithErrors('Create your account', errors), width: 'form', content });
}
