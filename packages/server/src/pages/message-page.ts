import { layout } from './layout.ts';
import { html } from './markup.ts';
import { safeReturnPath } from './safe-return-path.ts';

export interface MessageModel {
  readonly title: string;
  readonly message: string;
  /** HTTP status, shown small. */
  readonly status: number;
  /** A way on. Left out unless its address is a path of this origin. */
  readonly action?: { readonly label: string; readonly href: string } | undefined;
}

/** An error as a page: 403, 404, 405, 429, 500, 503. */
export function messagePage({ title, message, status, action }: MessageModel): string {
  const href = safeReturnPath(action?.href);
  const content = html`<div class="card">
<p class="status-code">Error ${status}</p>
<h1>${title}</h1>
<p class="wrap-anywhere">${message}</p>
${action !== undefined && href !== undefined && html`<a class="button button-primary button-wide" href="${href}">${action.label}</a>`}
</div>`;
  return layout({ title, width: 'form', content });
}
