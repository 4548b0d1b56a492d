import { limits } from '../domain/text.ts';
import { attributes, html } from './markup.ts';
import { errorSummary, markdownField, notice, previewButton, textField, titleWithErrors } from './form-field.ts';
import type { PageFrame } from './frame.ts';
import type { FormState } from './post-forms.ts';

export interface ProfileValues {
  readonly title: string;
  readonly about: string;
  readonly digest: boolean;
}

export interface ProfileModel {
  readonly name: string;
  readonly values: ProfileValues;
  readonly state: FormState;
  readonly isSaved: boolean;
}

/** The viewer's own. Name, password and mail address are Latchkey's. */
export function profilePage({ name, values, state, isSaved }: ProfileModel): PageFrame {
  const { errors, preview } = state;
  const content = html`<h1>My profile</h1>
<p class="lead">You write as <strong>${name}</strong>. The name is that of your account at Latchkey.</p>
${isSaved && notice('Saved.')}
${errorSummary(errors, state.action)}
<form class="card stack" method="post" action="/profile">
${textField({ name: 'title', label: 'Title', hint: 'Shown beside your name, such as “Chief Creative Officer”.', value: values.title, error: errors['title'], maxLength: limits.authorTitle.max, isOptional: true, autocomplete: 'organization-title' })}
${markdownField({ name: 'about', label: 'About you', value: values.about, error: errors['about'], maxLength: limits.about.max, rows: 6, isOptional: true, preview })}
<label class="check"><input type="checkbox" name="digest" value="yes"${attributes({ checked: values.digest })}><span>Send me a mail once a week<span class="hint">With what you have not read, if there is any. The address stays at Latchkey: Sawal asks for it just before it sends.</span></span></label>
<div class="actions"><button class="button button-primary" type="submit">Save</button>${previewButton('about')}</div>
</form>`;
  return { title: titleWithErrors('My profile', errors), width: 'column', content, isHidden: true };
}
