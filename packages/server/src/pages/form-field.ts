import { assetUrl } from './assets.ts';
import { icon } from './icons.ts';
import { attributes, html, type Content, type Markup } from './markup.ts';

/** What is wrong, by the field's name; `form` holds what belongs to no single field. */
export type FieldErrors<Field extends string> = { readonly [Name in Field | 'form']?: string | undefined };

/** A short message at the top of a page, after something was done. */
export interface Notice {
  readonly tone: 'success' | 'info';
  readonly text: string;
}

interface FieldBase {
  /** Both the name that is posted and the element's id. */
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly error?: string | undefined;
}

export interface TextField extends FieldBase {
  readonly type: 'text' | 'email';
  readonly value: string;
  readonly autocomplete: 'username' | 'email' | 'name' | 'one-time-code';
  readonly optional?: boolean;
}

export interface PasswordField extends FieldBase {
  readonly autocomplete: 'current-password' | 'new-password';
}

function describedBy(field: FieldBase): string | undefined {
  const ids = [field.hint && `${field.name}-hint`, field.error && `${field.name}-error`].filter(Boolean);
  return ids.length === 0 ? undefined : ids.join(' ');
}

function labelled(model: FieldBase, optional: boolean, input: Markup): Markup {
  return html`<div class="field">
<label for="${model.name}">${model.label}${optional && html` <span class="optional">optional</span>`}</label>
${model.hint && html`<p class="hint" id="${model.name}-hint">${model.hint}</p>`}
${input}
${model.error && html`<p class="field-error" id="${model.name}-error">${icon('alert')}<span>${model.error}</span></p>`}
</div>`;
}

export function textField(model: TextField): Markup {
  const optional = model.optional === true;
  const input = html`<input${attributes({
    id: model.name,
    name: model.name,
    type: model.type,
    value: model.value,
    autocomplete: model.autocomplete,
    required: !optional,
    autocapitalize: model.type === 'email' && 'none',
    spellcheck: model.type === 'email' && 'false',
    'aria-invalid': model.error !== undefined && 'true',
    'aria-describedby': describedBy(model),
  })}>`;
  return labelled(model, optional, input);
}

/** The field of an account's address. */
export function emailField(model: Pick<TextField, 'value' | 'autocomplete' | 'hint' | 'error'>): Markup {
  return textField({ ...model, name: 'email', label: 'E-mail address', type: 'email' });
}

/** Whether the session outlives the browser. */
export function rememberField(isChecked: boolean): Markup {
  return html`<label class="check"><input type="checkbox" name="remember" value="on"${attributes({
    checked: isChecked,
  })}><span>Keep me signed in<span class="hint">Not on a device that others use.</span></span></label>`;
}

/** A password field. It takes no value: a password is never sent back to the browser. */
export function passwordField(model: PasswordField): Markup {
  const isNew = model.autocomplete === 'new-password';
  const strength = {
    'data-strength': isNew && assetUrl('password-strength.js'),
    'data-strength-rules': isNew && assetUrl('strength-rules.js'),
    'data-strength-words': isNew && assetUrl('strength-words.js'),
  };
  const input = html`<div class="password" data-password${attributes(strength)}><input${attributes({
    id: model.name,
    name: model.name,
    type: 'password',
    autocomplete: model.autocomplete,
    required: true,
    minlength: isNew && 8,
    autocapitalize: 'none',
    spellcheck: 'false',
    'aria-invalid': model.error !== undefined && 'true',
    'aria-describedby': describedBy(model),
  })}></div>`;
  return labelled(model, false, input);
}

export function hiddenField(name: string, value: string): Markup {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}

/** Text of the title when the form came back with errors, so that a screen reader says so first. */
export function titleWithErrors(title: string, errors: FieldErrors<string>): string {
  return Object.values(errors).some((error) => error !== undefined) ? `Error: ${title}` : title;
}

/**
 * All errors of a form, at its top, each leading to its field. It takes the focus when the page opens
 * (`autofocus`, so without a script too), because an alert that is there from the start is not announced everywhere.
 */
export function errorSummary(errors: FieldErrors<string>, action?: Content): Content {
  const { form, ...fields } = errors;
  const entries = Object.entries(fields).flatMap(([name, error]) => (error === undefined ? [] : [{ name, error }]));
  if (form === undefined && entries.length === 0) return null;
  return html`<div class="alert alert-error" role="alert" tabindex="-1" autofocus>${icon('alert')}<div>
${form !== undefined && html`<p>${form}</p>`}
${
  entries.length > 0 &&
  html`<p>${entries.length === 1 ? 'Please check this:' : 'Please check these:'}</p>
<ul>${entries.map(({ name, error }) => html`<li><a href="#${name}">${error}</a></li>`)}</ul>`
}
${action}
</div></div>`;
}

export function noticeBanner(notice: Notice | undefined): Content {
  if (notice === undefined) return null;
  return html`<div class="alert alert-${notice.tone}" role="status">${icon(
    notice.tone === 'success' ? 'check' : 'info',
  )}<p>${notice.text}</p></div>`;
}
