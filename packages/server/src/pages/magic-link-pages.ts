import { PAGES, ROUTES } from '@latchkey/protocol';
import { FORM_ACTIONS } from './form-actions.ts';
import {
  emailField,
  errorSummary,
  hiddenField,
  rememberField,
  textField,
  titleWithErrors,
  type FieldErrors,
} from './form-field.ts';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';
import { safeReturnPath, withReturnPath } from './safe-return-path.ts';

export interface AskForMagicLinkModel {
  readonly values: { readonly email: string; readonly remember: boolean };
  readonly errors: FieldErrors<'email'>;
  /** Where to go after signing in. Kept only when it is a path of this origin. */
  readonly next?: string | undefined;
}

/** Posts `email`, `remember` (`on`, or absent) and perhaps `next` to `/sign-in/mail`. */
export function askForMagicLinkPage({ values, errors, next }: AskForMagicLinkModel): string {
  const title = 'Sign in by mail';
  const returnPath = safeReturnPath(next);
  const content = html`<div class="card">
<span class="medallion">${icon('mail')}</span>
<h1>${title}</h1>
<p class="lead">Tell us your e-mail address, and we send you a link with which you sign in here, without a password.</p>
${errorSummary(errors)}
<form method="post" action="${FORM_ACTIONS.magicLink}">
${returnPath !== undefined && hiddenField('next', returnPath)}
${emailField({
  value: values.email,
  autocomplete: 'username',
  error: errors.email,
})}
${rememberField(values.remember)}
<button class="button button-primary button-wide" type="submit">Send me a link</button>
</form>
</div>
<p class="aside">Have a password? <a href="${withReturnPath(PAGES.signIn, returnPath)}">Sign in with it</a></p>`;
  return layout({ title: titleWithErrors(title, errors), width: 'form', content });
}

export interface MagicLinkSentModel {
  /** As it was typed; undefined where the page is opened later. */
  readonly email: string | undefined;
  readonly errors: FieldErrors<'code'>;
  /** Shows the way to the dev outbox. */
  readonly development: boolean;
}

/**
 * Where the browser that asked waits. Posts `code` to `/sign-in/mail/code`. The same whether or not there is such an
 * account: only the mail tells.
 */
export function magicLinkSentPage({ email, errors, development }: MagicLinkSentModel): string {
  const title = 'Check your mail';
  const address = email && html` <strong class="wrap-anywhere">${email}</strong>`;
  const content = html`<div class="card">
<span class="medallion">${icon('mail')}</span>
<h1>${title}</h1>
${errorSummary(errors)}
<p>If there is an account with the address${address ?? ' that you gave'}, a link is on its way to it. Open it in this browser to sign in. The mail says how long it is valid.</p>
${
  development &&
  html`<a class="button button-wide" href="${ROUTES.devMail}">${icon('inbox')}Open the dev outbox</a>
<p class="hint">In development no mail leaves this machine.</p>`
}
<div class="divided">
<form method="post" action="${FORM_ACTIONS.magicLinkCode}">
${textField({
  name: 'code',
  label: 'Code',
  type: 'text',
  value: '',
  autocomplete: 'one-time-code',
  hint: 'You opened the link on another device? Then it shows a code. Type it here.',
  error: errors.code,
})}
<button class="button button-primary button-wide" type="submit">Sign in with the code</button>
</form>
<p class="hint">Nothing there after a few minutes? Look in the spam folder. Only the newest link works.</p>
</div>
</div>
<p class="aside"><a href="${PAGES.magicLink}">Send another link</a></p>`;
  return layout({ title: titleWithErrors(title, errors), width: 'form', content });
}

/**
 * Opened from the mailed link. Opening it does nothing: mail scanners follow links, so a button posts `token` to
 * `/sign-in/mail/link`. Which browser it is shows then only: the cookie does not come with a click in a mail program.
 */
export function openMagicLinkPage({ token }: { readonly token: string }): string {
  const title = 'Sign in by mail';
  const content = html`<div class="card card-centred">
<span class="medallion">${icon('key')}</span>
<h1>${title}</h1>
<p>One click is left, in the browser in which you asked for the link. In any other you get a code to type there.</p>
<form method="post" action="${FORM_ACTIONS.openMagicLink}">
${hiddenField('token', token)}
<button class="button button-primary button-wide" type="submit">Go on</button>
</form>
<p class="hint">You did not ask for this? Then close the page: nothing happens.</p>
</div>`;
  return layout({ title, width: 'form', content });
}

/** The link in a browser that cannot sign in by it: most often because another one asked. */
export function magicLinkCodePage({ code }: { readonly code: string }): string {
  const title = 'Type this code where you asked for the link';
  const content = html`<div class="card card-centred">
<span class="medallion">${icon('devices')}</span>
<h1>${title}</h1>
<p class="one-time-code">${code}</p>
<p>The link was asked for in another browser or on another device. There, “Check your mail” has a field for the code.</p>
<div class="alert alert-error">${icon('alert')}<div><p>Only if you asked for the link yourself. Whoever wants the code from you, by phone or by mail, wants to get into your account.</p></div></div>
<div class="divided">
<p class="hint">It was this very browser? Then the link is too old, was used, or a newer one has replaced it.</p>
<a class="button button-wide" href="${PAGES.magicLink}">Send another link</a>
</div>
</div>`;
  return layout({ title, width: 'form', content });
}
