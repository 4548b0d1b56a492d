import { ROUTES } from '@latchkey/protocol';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';

export interface MailSentModel {
  readonly kind: 'reset_password' | 'change_email';
  readonly email: string;
  /** Shows the way to the dev outbox. */
  readonly development: boolean;
  /** Leads back to where the mail can be asked for again. */
  readonly back: { readonly label: string; readonly href: string };
}

/** The same text whether or not there is such an account: only the mail tells. */
export function mailSentPage({ kind, email, development, back }: MailSentModel): string {
  const title = 'Check your mail';
  const address = html`<strong class="wrap-anywhere">${email}</strong>`;
  const content = html`<div class="card card-centred">
<span class="medallion">${icon('mail')}</span>
<h1>${title}</h1>
${
  kind === 'reset_password'
    ? html`<p>If there is an account with the address ${address}, a link is on its way to it. The mail says how long it is valid.</p>`
    : html`<p>A link is on its way to ${address}. Until it is opened there, your address stays as it is. The mail says how long it is valid.</p>`
}
${
  development &&
  html`<a class="button button-primary button-wide" href="${ROUTES.devMail}">${icon('inbox')}Open the dev outbox</a>
<p class="hint">In development no mail leaves this machine.</p>`
}
<p class="hint">Nothing there after a few minutes? Look in the spam folder. Only the newest link works.</p>
</div>
<p class="aside"><a href="${back.href}">${back.label}</a></p>`;
  return layout({ title, width: 'form', content });
}
