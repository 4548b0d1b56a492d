import type { PageFrame } from './frame.ts';
import { icon, type IconName } from './icons.ts';
import { html } from './markup.ts';

export interface MessageModel {
  readonly title: string;
  readonly message: string;
  /** Of an error. */
  readonly status?: number;
  readonly icon?: IconName;
  readonly actions?: readonly { readonly label: string; readonly href: string }[];
}

/** A page that says one thing. */
export function messagePage({
  title,
  message,
  status,
  icon: name = 'alert',
  actions = [HOME],
}: MessageModel): PageFrame {
  const content = html`<div class="card card-centred">
<span class="medallion">${icon(name)}</span>
${status !== undefined && html`<p class="status-code">Error ${status}</p>`}
<h1>${title}</h1>
<p class="lead">${message}</p>
<div class="actions">${actions.map(
    ({ label, href }, index) => html`<a class="button${index === 0 && ' button-primary'}" href="${href}">${label}</a>`,
  )}</div>
</div>`;
  return { title, width: 'form', content, isHidden: true };
}

const HOME = { label: 'See the questions', href: '/' };
