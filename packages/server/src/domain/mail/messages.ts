/** A mail, ready to be sent. */
export interface MailMessage {
  readonly kind: MailKind;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export type MailKind = 'verify_email' | 'already_registered' | 'session_stolen';

interface Parts {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly action?: { readonly label: string; readonly url: string };
  readonly closing: string;
}

/**
 * Asks for the address to be confirmed. The name that was typed at sign-up is left out on purpose: whoever
 * typed it need not own the address, and would otherwise choose words that we mail to a stranger.
 */
export function verifyEmailMessage(to: string, url: string): MailMessage {
  return compose('verify_email', to, {
    subject: 'Confirm your e-mail address',
    paragraphs: [
      'Somebody, probably you, signed up with this e-mail address. Open the link to confirm that it is yours.',
    ],
    action: { label: 'Confirm my address', url },
    closing: 'The link works once, for 24 hours. If it was not you, do nothing: without it the account stays closed.',
  });
}

/** Tells the owner of an existing account that somebody tried to sign up with its address. */
export function alreadyRegisteredMessage(to: string, signInUrl: string): MailMessage {
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
export function sessionStolenMessage(to: string, accountUrl: string): MailMessage {
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

function compose(kind: MailKind, to: string, parts: Parts): MailMessage {
  const { subject, paragraphs, action, closing } = parts;
  const text = [...paragraphs, ...(action === undefined ? [] : [`${action.label}:\n${action.url}`]), closing];
  const html = [
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...(action === undefined ? [] : [`<p><a href="${escapeHtml(action.url)}">${escapeHtml(action.label)}</a></p>`]),
    `<p>${escapeHtml(closing)}</p>`,
  ];
  return {
    kind,
    to,
    subject,
    text: `${text.join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(subject)}</title><body>${html.join('')}</body></html>`,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
