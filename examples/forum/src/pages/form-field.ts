import { icon } from './icons.ts';
import { attributes, html, type Content, type Markup } from './markup.ts';

/** What is wrong, by the field's name; `form` holds what belongs to no single field. */
export type FormErrors = Readonly<Partial<Record<string, string>>> & { readonly form?: string };

interface FieldModel {
  /** Both the name that is posted and, with a prefix where there are several forms on a page, the element's id. */
  readonly name: string;
  readonly idPrefix?: string;
  readonly label: string;
  readonly hint?: Content;
  readonly value: string;
  readonly error?: string | undefined;
  readonly maxLength: number;
  readonly isOptional?: boolean;
}

function idOf({ idPrefix = '', name }: FieldModel): string {
  return idPrefix + name;
}

function shared(model: FieldModel): Markup[] {
  const id = idOf(model);
  const described = [model.hint !== undefined && `${id}-hint`, model.error !== undefined && `${id}-error`];
  return attributes({
    id,
    name: model.name,
    required: model.isOptional !== true,
    maxlength: model.maxLength,
    'aria-invalid': model.error !== undefined && 'true',
    'aria-describedby': described.filter(Boolean).join(' ') || undefined,
  });
}

function labelled(model: FieldModel, control: Markup): Markup {
  const id = idOf(model);
  return html`<div class="field">
<label for="${id}">${model.label}${model.isOptional === true && html` <span class="optional">optional</span>`}</label>
${model.hint !== undefined && html`<p class="hint" id="${id}-hint">${model.hint}</p>`}
${control}
${model.error !== undefined && html`<p class="field-error" id="${id}-error">${icon('alert')}<span>${model.error}</span></p>`}
</div>`;
}

export function textField(model: FieldModel & { readonly autocomplete?: string }): Markup {
  const own = attributes({ value: model.value, autocomplete: model.autocomplete ?? 'off' });
  return labelled(model, html`<input type="text"${shared(model)}${own}>`);
}

/** The line break after the start tag is dropped by browsers: without it they would drop one that somebody typed. */
export function textArea(model: FieldModel & { readonly rows: number }): Markup {
  return labelled(
    model,
    html`<textarea${shared(model)} rows="${model.rows}">
${model.value}</textarea>`,
  );
}

/** A text in Markdown, which can be looked at before it is posted: with a script on this page, else on the next. */
export function markdownField(
  model: Omit<FieldModel, 'hint'> & { readonly rows: number; readonly preview?: Markup | undefined },
): Markup {
  const { preview } = model;
  const hint = html`Markdown: <code>**strong**</code>, <code>*emphasis*</code>, <code>&#96;code&#96;</code>, <code>[link](https://…)</code>, lists, and code between lines of <code>&#96;&#96;&#96;</code>.`;
  return html`${textArea({ ...model, hint })}
<div class="preview" id="${idOf(model)}-preview" aria-live="polite"${preview === undefined && html` hidden`}>${preview !== undefined && html`<p class="preview-title">Preview</p><div class="prose">${preview}</div>`}</div>`;
}

/** After the button that posts: the first one of a form is pressed by the Enter key. */
export function previewButton(fieldId: string): Markup {
  return html`<button class="button" type="submit" name="preview" value="yes" formnovalidate data-preview="/preview" data-preview-of="${fieldId}">Preview</button>`;
}

export function hiddenField(name: string, value: string | number): Markup {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}

/**
 * All errors of a form, at its top, each leading to its field. It takes the focus when the page opens (`autofocus`, so
 * without a script too), because an alert that is there from the start is not announced everywhere.
 */
export function errorSummary(errors: FormErrors, action?: Content): Content {
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

/** The title of a page whose form came back, so that a screen reader says so first. */
export function titleWithErrors(title: string, errors: FormErrors): string {
  return Object.keys(errors).length > 0 ? `Error: ${title}` : title;
}

export function notice(text: Content): Markup {
  return html`<div class="alert" role="status">${icon('info')}<div><p>${text}</p></div></div>`;
}
