import { FORM_ACTIONS } from './form-actions.ts';
import { hiddenField } from './form-field.ts';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';

export interface VerifyEmailModel {
  /** From the mailed link; posted back by the button. */
  readonly token: string;
}

/**
 * Opened from the mailed link. Opening it confirms nothing: mail scanners follow links, so a button posts `token`
 * to `/verify-email`.
 */
export function verifyEmailPage({ token }: VerifyEmailModel): string {
  const content = html`<div class="card card-centred">
<span class="medallion">${icon('mail')}</span>
<h1>Confirm your address</h1>
<p>One step is left: tell us that this e-mail address is yours and that you asked for the account.</p>
<form method="post" action="${FORM_ACTIONS.verifyEmail}">
${hiddenField('token', token)}
<button class="button button-primary button-wide" type="submit">Confirm my address</button>
</form>
<p class="hint">You did not ask for this? Then close the page: nothing happens.</p>
</div>`;
  return layout({ title: 'Confirm your address', width: 'form', content });
}
