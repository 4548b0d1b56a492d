import { layout } from './layout.ts';
import { html } from './markup.ts';

export interface OnwardModel {
  /** Where the browser goes at once: a path of this origin, or an http or https address. */
  readonly href: string;
}

const ADDRESS = /^(?:https?:\/\/|\/(?![/\\]))[\x21-\x7e]*$/;

/**
 * Sends the browser on by itself, as a navigation that begins at this page. A redirect would not do: one that began on
 * another site leaves out the `SameSite=Strict` cookie, and one that began at a form is held to `form-action`.
 */
export function onwardPage({ href }: OnwardModel): string {
  const address = ADDRESS.test(href) ? href : '/';
  const content = html`<div class="card card-centred">
<h1>One moment</h1>
<p>You are being sent on.</p>
<a class="button button-primary button-wide" href="${address}">Go on</a>
</div>`;
  return layout({ title: 'One moment', width: 'form', content, onward: address });
}
