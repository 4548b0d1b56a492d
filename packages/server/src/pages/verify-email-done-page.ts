import { PAGES } from '@latchkey/protocol';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';

export interface VerifyEmailDoneModel {
  /** Leads to the account instead of the sign-in page. */
  readonly signedIn?: boolean;
}

export function verifyEmailDonePage({ signedIn = false }: VerifyEmailDoneModel): string {
  const content = html`<div class="card card-centred">
<span class="medallion">${icon('check')}</span>
<h1>Your address is confirmed</h1>
<p>${signedIn ? 'Thank you. All is ready.' : 'Thank you. You can sign in now.'}</p>
${
  signedIn
    ? html`<a class="button button-primary button-wide" href="${PAGES.account}">Go to my account</a>`
    : html`<a class="button button-primary button-wide" href="${PAGES.signIn}">Sign in</a>`
}
</div>`;
  return layout({ title: 'Your address is confirmed', width: 'form', content });
}
