import {
  escapeHtml,
  MAIL_KINDS,
  type ComposedMail,
  type MailFacts,
  type MailKind,
  type MailMessage,
} from './messages.ts';

/** A mail in the operator's own words. */
export interface MailContent {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Text and HTML are to hold the link, where there is one. Called in a transaction: it must not wait for anything. */
export type MailTemplate = (facts: MailFacts) => MailContent;

/** Templates by what a mail tells of; for the others there are the server's own words. */
export type MailTemplates = { readonly [Kind in MailKind]?: MailTemplate };

const MAX_SUBJECT_CHARACTERS = 200;
const SAMPLE: MailFacts = {
  to: 'ada@example.com',
  url: 'https://id.example.com/page?token=lko_sample',
  lifeMs: 60_000,
};

/** Whether these are templates that a mail can be made of. They are tried, so that a mistake shows at the start. */
export function areMailTemplates(given: unknown): given is MailTemplates {
  if (typeof given !== 'object' || given === null) return false;
  return Object.entries(given).every(([kind, template]: [string, unknown]) => {
    if (!MAIL_KINDS.some((known) => known === kind) || typeof template !== 'function') return false;
    // The last mail has no link.
    const facts = kind === 'account_deleted' ? { ...SAMPLE, url: undefined } : SAMPLE;
    return fill(template as MailTemplate, facts) !== undefined;
  });
}

/** The mail in the operator's words, or in the server's where those do not do: it must go out in any case. */
export function applyTemplate(templates: MailTemplates, { message, facts }: ComposedMail): MailMessage {
  const template = templates[message.kind];
  const content = template && fill(template, facts);
  return content === undefined ? message : { ...message, ...content };
}

function fill(template: MailTemplate, facts: MailFacts): MailContent | undefined {
  try {
    const { subject, text, html } = template(facts);
    return isFit(subject, text, html, facts.url) ? { subject, text, html } : undefined;
  } catch {
    return undefined;
  }
}

/** A control character in the subject could begin another header (RFC 5322 §2.2). */
function isFit(subject: unknown, text: unknown, html: unknown, url = ''): boolean {
  if (typeof subject !== 'string' || typeof text !== 'string' || typeof html !== 'string') return false;
  if (subject.trim() === '' || subject.length > MAX_SUBJECT_CHARACTERS || /\p{Cc}/u.test(subject)) return false;
  return text.includes(url) && (html.includes(url) || html.includes(escapeHtml(url)));
}
