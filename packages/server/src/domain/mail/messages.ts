import { MINUTE_MS } from '../instant.ts';

/** A mail, ready to be sent. */
export interface MailMessage {
  readonly kind: MailKind;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export const MAIL_KINDS = [
  'verify_email',
  'already_registered',
  'session_stolen',
  'reset_password',
  'magic_link',
  'password_changed',
  'change_email',
  'address_in_use',
  'email_changed',
  'email_change_undone',
  'account_deleted',
] as const;

export type MailKind = (typeof MAIL_KINDS)[number];

/** What a mail says, apart from its words. */
export interface MailFacts {
  /** Where it goes. */
  readonly to: string;
  /** Where its link leads; undefined where it has none. */
  readonly url: string | undefined;
  /** How long the link is good; undefined where that does not matter. */
  readonly lifeMs: number | undefined;
}

/** A mail with what it says, so that an operator's template can say it in other words. */
export interface ComposedMail {
  readonly message: MailMessage;
  readonly facts: MailFacts;
}

interface Parts {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly action?: { readonly label: string; readonly url: string };
  readonly closing: string;
  readonly lifeMs?: number;
}

/**
 * Asks for the address to be confirmed. The name that was typed at sign-up is left out on purpose: whoever
 * typed it need not own the address, and would otherwise choose words that we mail to a stranger.
 */
export function verifyEmailMessage(to: string, url: string, lifeMs: number): ComposedMail {
  return compose('verify_email', to, {
    subject: 'Confirm your e-mail address',
    paragraphs: [
      'Somebody, probably you, signed up with this e-mail address. Open the link to confirm that it is yours.',
    ],
    action: { label: 'Confirm my address', url },
    closing: `The link works once, for ${duration(lifeMs)}. If it was not you, do nothing: without it there is no account.`,
    lifeMs,
  });
}

/** Tells the owner of an existing account that somebody tried to sign up with its address. */
export function alreadyRegisteredMessage(to: string, signInUrl: string): ComposedMail {
  return compose('already_registered', to, {
    subject: 'You already have an account',
    paragraphs: [
      'Somebody, probably you, tried to sign up with this e-mail address. It has an account already, and nothing about it was changed.',
    ],
    action: { label: 'Sign in', url: signInUrl },
    closing: 'If it was not you, there is nothing that you need to do.',
  });
}

/** Tells that a session's credential was used by two, and that the session has ended for both. */
export function sessionStolenMessage(to: string, accountUrl: string): ComposedMail {
  return compose('session_stolen', to, {
    subject: 'We ended one of your sessions',
    paragraphs: [
      'A sign-in of yours was used from two places at once, as happens when somebody copies it. We ended it for both.',
      'Sign in again to go on. If you do not know what this may have been, sign out everywhere.',
    ],
    action: { label: 'Look at my account', url: accountUrl },
    closing: 'You get this mail because the safety of your account may be at stake.',
  });
}

/** The link with which a forgotten password is replaced. */
export function resetPasswordMessage(to: string, url: string, lifeMs: number): ComposedMail {
  return compose('reset_password', to, {
    subject: 'Choose a new password',
    paragraphs: ['Somebody, probably you, asked for a new password for the account with this e-mail address.'],
    action: { label: 'Choose a new password', url },
    closing: `The link works once, for ${duration(lifeMs)}. If it was not you, do nothing: the password stays as it is.`,
    lifeMs,
  });
}

/** Tells that the password is another one since a moment ago, whether it was changed or reset. */
export function passwordChangedMessage(to: string, forgotPasswordUrl: string): ComposedMail {
  return compose('password_changed', to, {
    subject: 'Your password was changed',
    paragraphs: [
      'The password of your account was changed, and your other devices were signed out.',
      'If it was you, there is nothing that you need to do. If not, choose a new password at once.',
    ],
    action: { label: 'It was not me: choose a new password', url: forgotPasswordUrl },
    closing: 'You get this mail because the safety of your account may be at stake.',
  });
}

/** Asks the new address to confirm a change; until then the old one stays. */
export function changeEmailMessage(to: string, url: string, lifeMs: number): ComposedMail {
  return compose('change_email', to, {
    subject: 'Confirm your new e-mail address',
    paragraphs: [
      'Somebody, probably you, wants to use this e-mail address for an existing account. Open the link to confirm it.',
    ],
    action: { label: 'Confirm the new address', url },
    closing: `The link works once, for ${duration(lifeMs)}. If it was not you, do nothing: without it nothing changes.`,
    lifeMs,
  });
}

/** Tells the owner of an account that somebody wanted its address for another account. */
export function addressInUseMessage(to: string, signInUrl: string): ComposedMail {
  return compose('address_in_use', to, {
    subject: 'You already have an account',
    paragraphs: [
      'Somebody, probably you, wanted to use this e-mail address for another account. It has an account already, and nothing about either was changed.',
    ],
    action: { label: 'Sign in', url: signInUrl },
    closing: 'If it was not you, there is nothing that you need to do.',
  });
}

/** Tells the address of before that it was replaced, with the way back. */
export function emailChangedMessage(to: string, undoUrl: string, lifeMs: number): ComposedMail {
  return compose('email_changed', to, {
    subject: 'Your e-mail address was changed',
    paragraphs: [
      'Your account has another e-mail address since a moment ago, and no longer this one.',
      'If it was you, there is nothing that you need to do. If not, take the account back: the link restores this address, signs out every device, and you choose a new password.',
    ],
    action: { label: 'It was not me: undo the change', url: undoUrl },
    closing: `The link works for ${duration(lifeMs)}. You get this mail because the safety of your account may be at stake.`,
    lifeMs,
  });
}

/** Tells the restored address what is left to do. */
export function emailChangeUndoneMessage(to: string, forgotPasswordUrl: string): ComposedMail {
  return compose('email_change_undone', to, {
    subject: 'Your e-mail address is restored',
    paragraphs: [
      'Your account has this e-mail address again. Every device was signed out, and the password of before does not work any more.',
    ],
    action: { label: 'Choose a new password', url: forgotPasswordUrl },
    closing: 'You get this mail because the safety of your account may be at stake.',
  });
}

/** The link that signs in. Whoever did not ask for it is told not to help whoever did. */
export function magicLinkMessage(to: string, url: string, lifeMs: number): ComposedMail {
  return compose('magic_link', to, {
    subject: 'Your link to sign in',
    paragraphs: [
      'Somebody, probably you, wants to sign in to your account. Open the link in the browser in which you asked for it. In any other it shows a code, to be typed there.',
    ],
    action: { label: 'Sign in', url },
    closing: `The link works once, for ${duration(lifeMs)}. If it was not you, do nothing, and give the code to nobody, whoever asks: it would sign them in to your account.`,
    lifeMs,
  });
}

/** The last mail: the account is gone. Goes to addresses that it had before, too. */
export function accountDeletedMessage(to: string): ComposedMail {
  return compose('account_deleted', to, {
    subject: 'Your account was deleted',
    paragraphs: [
      'The account that has this e-mail address, or had it until lately, was deleted, with everything that belonged to it.',
    ],
    closing: 'Nothing more will be sent to you. If it was not you, please tell whoever runs this site.',
  });
}

/** In the largest unit that says it exactly, to the minute: two days and more are days. */
function duration(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  const [count, unit] =
    minutes % (24 * 60) === 0 && minutes > 24 * 60
      ? [minutes / (24 * 60), 'day']
      : minutes % 60 === 0
        ? [minutes / 60, 'hour']
        : [minutes, 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const BODY = 'margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif';
/** Light on dark, and readable where a mail program turns the page dark. */
const BUTTON = 'display:inline-block;padding:12px 20px;border-radius:8px;background:#0b6b57;color:#ffffff';

function compose(kind: MailKind, to: string, parts: Parts): ComposedMail {
  const { subject, paragraphs, action, closing, lifeMs } = parts;
  const text = [...paragraphs, ...(action === undefined ? [] : [`${action.label}:\n${action.url}`]), closing];
  // Colours of the mail program but for the button; nothing is loaded from anywhere.
  const html = [
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...(action === undefined
      ? []
      : [`<p><a href="${escapeHtml(action.url)}" style="${BUTTON}">${escapeHtml(action.label)}</a></p>`]),
    `<p>${escapeHtml(closing)}</p>`,
  ];
  const head = `<meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escapeHtml(subject)}</title>`;
  const message: MailMessage = {
    kind,
    to,
    subject,
    text: `${text.join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><head>${head}</head><body style="${BODY}"><div style="max-width:34em;margin:0 auto">${html.join('')}</div></body></html>`,
  };
  return { message, facts: { to, url: action?.url, lifeMs } };
}

/** For text and for values of attributes in quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
