import { hiddenField } from '../pages/form-field.ts';
import type { PageFrame } from '../pages/frame.ts';
import { icon } from '../pages/icons.ts';
import { html } from '../pages/markup.ts';
import { messagePage } from '../pages/message-page.ts';
import type { KeptMail } from '../storage/kept-mails.ts';

export function unsubscribePage(token: string): PageFrame {
  const title = 'No more weekly mails?';
  const content = html`<div class="card card-centred">
<span class="medallion">${icon('bell')}</span>
<h1>${title}</h1>
<p class="lead">Your notifications here stay as they are.</p>
<form method="post" action="/unsubscribe">${hiddenField('token', token)}<button class="button button-primary" type="submit">Stop the weekly mail</button></form>
</div>`;
  return { title, width: 'form', content, isHidden: true };
}

export function unsubscribedPage(): PageFrame {
  return messagePage({
    title: 'You will get no more weekly mails',
    message: 'On your profile you can ask for them again.',
    icon: 'bell',
  });
}

/** Mails that development kept instead of sending them. */
export function mailPage(mails: readonly KeptMail[], canSendNow: boolean): PageFrame {
  const title = 'Mails of the forum';
  const content = html`<h1>${title}</h1>
<p class="lead">In development, without FORUM_SMTP_URL, mails are kept here instead of being sent.</p>
${canSendNow && html`<form method="post" action="/dev/mail"><button class="button" type="submit">Send the weekly mails now</button></form>`}
${mails.length === 0 && html`<p>There are none yet.</p>`}
${mails.map(
  ({ subject, recipient, body, headers }) => html`<article class="card"><h2>${subject}</h2>
<p>To ${recipient}</p>
<div class="prose"><pre tabindex="0">${headers}</pre>
<pre tabindex="0">${body}</pre></div></article>`,
)}`;
  return { title, width: 'column', content, isHidden: true };
}
