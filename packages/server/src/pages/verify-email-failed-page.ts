import { PAGES } from '@latchkey/protocol';
import { FORM_ACTIONS } from './form-actions.ts';
import { errorSummary, textField, titleWithErrors, type FieldErrors } from './form-field.ts';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';

export interface VerifyEmailFailedModel {
  readonly values?: { readonly email: string } | undefined;
  readonly errors?: FieldErrors<'email'> | undefined;
}

/** The link is used, replaced or too old: offers a new one. Posts `email` to `/verify-email/resend`. */
export function verifyEmailFailedPage({ values, errors = {} }: VerifyEmailFailedModel): string {
  const title = 'This link does not work any more';
  const content = html`<div class="card">
<span class="medallion medallion-warning">${icon('alert')}</span>
<h1>${title}</h1>
<p>It may have been used already, be too old, or a newer one has replaced it. If you have confirmed your
address before, you can simply <a href="${PAGES.signIn}">sign in</a>.</p>
${errorSummary(errors)}
<form class="divided" method="post" action="${FORM_ACTIONS.resendVerification}">
${textField({
  name: 'email',
  label: 'E-mail address',
  type: 'email',
  value: values?.email ?? '',
  autocomplete: 'email',
  error: errors.email,
})}
<button class="button button-primary button-wide" type="submit">Send me a new link</button>
</form>
</div>`;
  return layout({ title: titleWithErrors(title, errors), width: 'form', content });
}
