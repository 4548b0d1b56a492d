import { PAGES } from '@latchkey/protocol';
import type { EmailChangeLink } from './mailed-link-page.ts';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';

const WAYS_ON = {
  reset: { text: 'be too old', label: 'Send me a new link', href: PAGES.forgotPassword },
  confirm: { text: 'be too old', label: 'Go to my account', href: PAGES.account },
  magic_link: { text: 'be too old', label: 'Send me a new link', href: PAGES.magicLink },
  undo: { text: 'be too old', label: 'Choose a new password', href: PAGES.forgotPassword },
} as const;

/** The link was used, replaced or is too old, or what it was to do cannot be done any more. It does not say which. */
export function mailedLinkFailedPage({ kind }: { readonly kind: 'reset' | 'magic_link' | EmailChangeLink }): string {
  const title = 'This link does not work any more';
  const { text, label, href } = WAYS_ON[kind];
  const content = html`<div class="card">
<span class="medallion medallion-warning">${icon('alert')}</span>
<h1>${title}</h1>
<p>It may have been used already, ${text}, or something newer has replaced it.</p>
<a class="button button-primary button-wide" href="${href}">${label}</a>
</div>`;
  return layout({ title, width: 'form', content });
}
