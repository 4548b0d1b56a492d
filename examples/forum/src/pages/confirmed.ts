import { limits } from '../domain/text.ts';
import { textField } from './form-field.ts';
import { html, type Content, type Markup } from './markup.ts';

interface ConfirmedModel {
  /** Opens the question. */
  readonly label: string;
  /** What the label is about, for those who do not see where it stands. */
  readonly of: string;
  readonly action: string;
  readonly question: string;
  /** On the button that does it. */
  readonly yes: string;
  /** Asks for a reason too: the prefix of the field's id. */
  readonly reason?: { readonly idPrefix: string; readonly hint: string; readonly isOptional: boolean };
  readonly icon?: Content;
}

/** A button that asks before it does something. Without a script too: it opens, and the second press is the one. */
export function confirmed({ label, of, action, question, yes, reason, icon }: ConfirmedModel): Markup {
  return html`<details class="confirm" data-menu><summary class="quiet-button">${icon}${label}<span class="visually-hidden"> ${of}</span></summary>
<form class="confirm-box" method="post" action="${action}">
<p>${question}</p>
${reason && textField({ name: 'reason', idPrefix: reason.idPrefix, label: 'Reason', hint: reason.hint, value: '', maxLength: limits.reason.max, isOptional: reason.isOptional })}
<button class="button button-small button-danger" type="submit">${yes}</button>
</form></details>`;
}
