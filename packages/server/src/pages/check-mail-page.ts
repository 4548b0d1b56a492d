import { PAGES, ROUTES } from '@latchkey/protocol';
import { noticeBanner, type Notice } from './form-field.ts';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';
import { resendForm } from './resend-form.ts';
import { safeReturnPath, withReturnPath } from './safe-return-path.ts';

export interface CheckMailModel {
  readonly email: string;
  /** Shows the way to the dev outbox. */
  readonly development: boolean;
  readonly notice?: Notice | undefined;
  /** Where somebody was on the way to: the mail's link opens a page that cannot know. Kept only when it is a path of this origin. */
  readonly next?: string | undefined;
}

/**
 * After sign-up and after a mail was sent again. The same text whether or not the address is known: only the
 * mail tells.
 */
export function checkMailPage({ email, development, notice, next }: CheckMailModel): string {
  const returnPath = safeReturnPath(next);
  const content = html`<div class="card card-centred">
<span class="medallion">${icon('mail')}</span>
<h1>Check your mail</h1>
${noticeBanner(notice)}
<p>We sent a link to <strong class="wrap-anywhere">${email}</strong>. The mail says how long it is valid.</p>
${
  development &&
  html`<a class="button button-primary button-wide" href="${ROUTES.devMail}">${icon('inbox')}Open the dev outbox</a>
<p class="hint">In development no mail leaves this machine.</p>`
}
${returnPath !== undefined && html`<a class="button button-wide" href="${withReturnPath(PAGES.signIn, returnPath)}">My address is confirmed: sign in</a>`}
<div class="divided">
<p class="hint">Nothing there after a few minutes? Look in the spam folder, or get a new link. Only the newest link works.</p>
${resendForm(email, 'Send the mail again')}
</div>
</div>
<p class="aside">Is the address wrong? <a href="${withReturnPath(PAGES.signUp, returnPath)}">Start again</a></p>`;
  return layout({ title: 'Check your mail', width: 'form', content });
}
