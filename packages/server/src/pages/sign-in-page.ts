import { PAGES } from '@latchkey/protocol';
import { accountChoice, type PageAccount } from './account-switcher.ts';
import { FORM_ACTIONS } from './form-actions.ts';
import {
  errorSummary,
  hiddenField,
  noticeBanner,
  passwordField,
  emailField,
  rememberField,
  titleWithErrors,
  type FieldErrors,
  type Notice,
} from './form-field.ts';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html, type Content } from './markup.ts';
import { resendForm } from './resend-form.ts';
import { safeReturnPath, withReturnPath } from './safe-return-path.ts';
import { addressInSlot } from './slot-address.ts';

export interface SignInModel {
  readonly values: { readonly email: string; readonly remember: boolean };
  readonly errors: FieldErrors<'email' | 'password'>;
  readonly notice?: Notice | undefined;
  /** Where to go after signing in. Kept only when it is a path of this origin. */
  readonly next?: string | undefined;
  /** The address that waits for verification: offers to send its mail again beside the error. */
  readonly unverifiedEmail?: string | undefined;
  /** Who is signed in already, in whichever slot. */
  readonly signedIn?: readonly PageAccount[] | undefined;
  /** Of a client that waits for the user to choose among these. */
  readonly continuation?: string | undefined;
  /** Who would be signed out here by signing in, and a slot where they would not. */
  readonly inPlaceOf?: { readonly email: string; readonly freeSlot: number | undefined } | undefined;
  /** Offers to sign in by a mailed link. */
  readonly magicLinks?: boolean | undefined;
}

/** Posts `email`, `password`, `remember` (`on`, or absent) and perhaps `next` to `/sign-in`. */
export function signInPage(model: SignInModel): string {
  const { values, errors, notice, next, unverifiedEmail, magicLinks, signedIn = [], continuation, inPlaceOf } = model;
  const returnPath = safeReturnPath(next);
  const content = html`<div class="card">
<h1>Sign in</h1>
${noticeBanner(notice)}
${accountChoice({ accounts: signedIn, next: returnPath ?? PAGES.account, continuation })}
${inPlaceOf && insteadOf(inPlaceOf, returnPath)}
${errorSummary(errors, unverifiedEmail !== undefined && resendForm(unverifiedEmail, 'Send the mail again'))}
<form method="post" action="${FORM_ACTIONS.signIn}">
${returnPath !== undefined && hiddenField('next', returnPath)}
${emailField({
  value: values.email,
  autocomplete: 'username',
  error: errors.email,
})}
${passwordField({
  name: 'password',
  label: 'Password',
  autocomplete: 'current-password',
  error: errors.password,
})}
<p class="forgot"><a href="${PAGES.forgotPassword}">Forgot password?</a></p>
${rememberField(values.remember)}
<button class="button button-primary button-wide" type="submit">Sign in</button>
</form>
${magicLinks && html`<a class="button button-wide" href="${withReturnPath(PAGES.magicLink, returnPath)}">${icon('mail')}Sign in by mail</a>`}
</div>
<p class="aside">New here? <a href="${withReturnPath(PAGES.signUp, returnPath)}">Create an account</a></p>`;
  return layout({ title: titleWithErrors('Sign in', errors), width: 'form', content });
}

function insteadOf(
  { email, freeSlot }: NonNullable<SignInModel['inPlaceOf']>,
  returnPath: string | undefined,
): Content {
  const beside = freeSlot !== undefined && addressInSlot(withReturnPath(PAGES.signIn, returnPath), freeSlot);
  return html`<p class="hint wrap-anywhere">Signing in below signs ${email} out of this browser.${beside && html` <a href="${beside}">Use another account beside it</a>`}</p>`;
}
