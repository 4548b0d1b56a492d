import { PAGES } from '@latchkey/protocol';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';

/** The link was used, has expired, or a later start of the server has replaced it. */
export function firstAdministratorFailedPage(_model: Readonly<Record<string, never>> = {}): string {
  const title = 'This link does not work any more';
  const content = html`<div class="card">
<span class="medallion medallion-warning">${icon('terminal')}</span>
<h1>${title}</h1>
<p>It was used already, has expired, or the server has made a newer one since.</p>
<p>If there is no administrator yet, start the server again: it prints a fresh link on its console.</p>
<a class="button button-wide" href="${PAGES.signIn}">Go to sign in</a>
</div>`;
  return layout({ title, width: 'form', content });
}
