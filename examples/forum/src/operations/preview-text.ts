import { renderMarkdown } from '../domain/markdown.ts';
import { allOf, checkText, limits } from '../domain/text.ts';
import type { SafeHtml, Viewer, WriteOutcome } from '../domain/types.ts';
import type { ForumContext } from './context.ts';
import { takePace, writeAs } from './write.ts';

/** What a text will look like. Nothing of it is kept; but to render it costs what a post costs, so it has a pace too. */
export function previewText(
  context: ForumContext,
  viewer: Viewer,
  { field, text }: { readonly field: 'body' | 'about'; readonly text: string },
): WriteOutcome<{ html: SafeHtml }> {
  const checked = allOf({ text: checkText(field, text, { min: 0, max: limits[field].max }) });
  if ('problems' in checked) return { kind: 'invalid', problems: checked.problems };
  const stopped = writeAs(context, viewer, (writing) => takePace(writing, viewer.id, 'preview'));
  return stopped ?? { kind: 'done', html: renderMarkdown(checked.values.text) };
}
