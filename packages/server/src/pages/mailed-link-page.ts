import { PAGES } from '@latchkey/protocol';
import { FORM_ACTIONS } from './form-actions.ts';
import { hiddenField } from './form-field.ts';
import { icon, type IconName } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';

/** The links that were mailed about a change of the address. */
export type EmailChangeLink = 'confirm' | 'undo';

interface LinkTexts {
  readonly icon: IconName;
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly button: string;
  readonly otherwise: string;
  readonly done: { readonly title: string; readonly text: string };
}

const TEXTS: Readonly<Record<EmailChangeLink, LinkTexts>> = {
  confirm: {
    icon: 'mail',
    title: 'Confirm your new address',
    text: 'From then on mail about your account goes here, and you sign in with this address. Your other devices are signed out.',
    action: FORM_ACTIONS.confirmEmailChange,
    button: 'Confirm the new address',
    otherwise: 'You did not ask for this? Then close the page: nothing happens.',
    done: {
      title: 'Your address is changed',
      text: 'Sign in with the new address from now on. The old one was told, with a way back.',
    },
  },
  undo: {
    icon: 'lock',
    title: 'Take your account back',
    text: 'Your account gets this e-mail address again. Every device is signed out, and the present password stops working: you choose a new one.',
    action: FORM_ACTIONS.undoEmailChange,
    button: 'Restore my address',
    otherwise: 'It was you who changed the address? Then close the page: nothing happens.',
    done: {
      title: 'Your address is restored',
      text: 'Every device is signed out. One step is left: choose a new password.',
    },
  },
};

export interface MailedLinkModel {
  readonly kind: EmailChangeLink;
  /** From the mailed link; posted back by the button. */
  readonly token: string;
}

/** Opened from a mailed link. Opening it changes nothing: mail scanners follow links, so a button posts `token`. */
export function mailedLinkPage({ kind, token }: MailedLinkModel): string {
  const texts = TEXTS[kind];
  const content = html`<div class="card card-centred">
<span class="medallion">${icon(texts.icon)}</span>
<h1>${texts.title}</h1>
<p>${texts.text}</p>
<form method="post" action="${texts.action}">
${hiddenField('token', token)}
<button class="button button-primary button-wide" type="submit">${texts.button}</button>
</form>
<p class="hint">${texts.otherwise}</p>
</div>`;
  return layout({ title: texts.title, width: 'form', content });
}

/** What the link did, and the way on. */
export function mailedLinkDonePage({ kind, signedIn }: { kind: EmailChangeLink; signedIn: boolean }): string {
  const { title, text } = TEXTS[kind].done;
  const next =
    kind === 'undo'
      ? { label: 'Choose a new password', href: PAGES.forgotPassword }
      : signedIn
        ? { label: 'Go to my account', href: PAGES.account }
        : { label: 'Sign in', href: PAGES.signIn };
  const content = html`<div class="card card-centred">
<span class="medallion">${icon('check')}</span>
<h1>${title}</h1>
<p>${text}</p>
<a class="button button-primary button-wide" href="${next.href}">${next.label}</a>
</div>`;
  return layout({ title, width: 'form', content });
}
