import type { History, Instant, Revision } from '../domain/types.ts';
import { postAddress, questionAddress } from './addresses.ts';
import { authorName } from './author.ts';
import type { PageFrame } from './frame.ts';
import { diffLines, type DiffLine } from './line-diff.ts';
import { html, type Content, type Markup } from './markup.ts';
import { ago } from './time.ts';

/** Unchanged lines that are shown around a change. */
const CONTEXT = 2;

export function historyPage({ post, question, revisions }: History, now: Instant): PageFrame {
  const what = post.kind === 'question' ? 'the question' : 'the answer';
  const content = html`<h1>History of ${what}</h1>
<p class="lead"><a href="${post.kind === 'question' ? questionAddress(question) : postAddress(post)}">${question.title}</a></p>
<ol class="revisions" reversed>${revisions.map((revision, index) => html`<li>${revisionEntry(revision, revisions[index + 1], now)}</li>`)}</ol>`;
  return { title: `History: ${question.title}`, width: 'column', content, section: 'questions', isHidden: true };
}

function revisionEntry(revision: Revision, before: Revision | undefined, now: Instant): Markup {
  return html`<article class="card revision" aria-labelledby="revision-${revision.number}">
<h2 id="revision-${revision.number}">Version ${revision.number}</h2>
<p class="byline">${before === undefined ? 'written by' : 'edited by'} ${authorName(revision.author)}, ${ago(revision.at, now)}</p>
${headDiff('Title', before?.title, revision.title)}
${headDiff('Tags', before?.tags?.join(' '), revision.tags?.join(' '))}
${diff(revision.number, before === undefined ? [{ kind: 'same', text: revision.body }] : diffLines(before.body, revision.body))}
</article>`;
}

function headDiff(name: string, before: string | undefined, after: string | undefined): Content {
  if (after === undefined || before === after) return null;
  return html`<p class="head-diff"><strong>${name}:</strong> ${before !== undefined && html`<del>${before}</del> `}${before === undefined ? after : html`<ins>${after}</ins>`}</p>`;
}

function diff(number: number, lines: readonly DiffLine[]): Markup {
  if (lines.length > 1 && lines.every(({ kind }) => kind === 'same'))
    return html`<p class="hint">The text is the same.</p>`;
  return html`<div class="diff" role="region" aria-label="Text of version ${number}" tabindex="0">${hunks(lines).map(diffLine)}</div>`;
}

/** With long stretches without a change left out. */
function hunks(lines: readonly DiffLine[]): (DiffLine | 'gap')[] {
  if (lines.length === 1) return [...lines];
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ kind }) => kind !== 'same');
  const shown: (DiffLine | 'gap')[] = [];
  for (const [index, line] of lines.entries()) {
    if (isNear(index)) shown.push(line);
    else if (shown.at(-1) !== 'gap') shown.push('gap');
  }
  return shown;
}

function diffLine(line: DiffLine | 'gap'): Markup {
  if (line === 'gap') return html`<p class="diff-gap" aria-label="Lines that did not change">⋯</p>`;
  if (line.kind === 'same') return html`<p>${line.text || ' '}</p>`;
  return line.kind === 'added'
    ? html`<p class="diff-added"><ins>${line.text || ' '}</ins></p>`
    : html`<p class="diff-removed"><del>${line.text || ' '}</del></p>`;
}
