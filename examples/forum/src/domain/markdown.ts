import createMarkdownIt, { type MarkdownIt, type Token } from 'markdown-it';
import sanitizeHtml from 'sanitize-html';
import { remembered } from './least-recently-used.ts';
import { withoutUnwanted } from './text.ts';
import type { SafeHtml } from './types.ts';

const LINK = /^(?:https?:\/\/|mailto:)/i;
const LANGUAGE = /^[a-z0-9+#-]{1,20}$/i;
const LINK_RELATION = 'nofollow ugc noopener';

/** Markdown's own `#` begins below the headings of the page. */
const HEADINGS: Readonly<Record<string, string>> = { h1: 'h3', h2: 'h4', h3: 'h5', h4: 'h6', h5: 'h6', h6: 'h6' };

/** Everything that a post may turn into. The tests hold any output against this same table. */
export const allowedHtml = {
  h3: [],
  h4: [],
  h5: [],
  h6: [],
  p: [],
  br: [],
  hr: [],
  blockquote: [],
  ul: [],
  ol: ['start'],
  li: [],
  pre: ['tabindex'],
  code: ['class'],
  strong: [],
  em: [],
  s: [],
  a: ['href', 'title', 'rel'],
  table: [],
  thead: [],
  tbody: [],
  tr: [],
  th: [],
  td: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The second net: it knows nothing of Markdown, and lets through what the table lists. */
const net: sanitizeHtml.IOptions = {
  allowedTags: Object.keys(allowedHtml),
  allowedAttributes: {
    ...Object.fromEntries(Object.entries(allowedHtml).map(([tag, attributes]) => [tag, [...attributes]])),
    pre: [{ name: 'tabindex', values: ['0'] }],
  },
  allowedClasses: { code: [/^language-[a-z0-9+#-]{1,20}$/i] },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  transformTags: { a: (tagName, attribs) => ({ tagName, attribs: { ...attribs, rel: LINK_RELATION } }) },
};

/** Pictures would be loaded from anywhere, and tell there who reads what: they are shown as links to click. */
function picturesToLinks(parser: MarkdownIt, tokens: readonly Token[]): Token[] {
  let depth = 0;
  return tokens.flatMap((token) => {
    if (token.type === 'link_open') depth += 1;
    if (token.type === 'link_close') depth -= 1;
    if (token.type !== 'image') return [token];
    const [open, text, close] = parser.parseInline('[x](https://x.invalid)', {})[0]?.children ?? [];
    if (open === undefined || text === undefined || close === undefined) return [];
    const source = String(token.attrGet('src') ?? '');
    text.content = token.content.trim() === '' ? source : token.content;
    // A link within a link is none.
    if (depth > 0) return [text];
    open.attrs = [['href', source]];
    return [open, text, close];
  });
}

function createParser(): MarkdownIt {
  const parser = createMarkdownIt({ html: false, linkify: true, typographer: false, maxNesting: 20 });
  // "readme.md" is no site: only what begins with a scheme becomes a link by itself.
  parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  parser.linkify.add('ftp:', null);
  parser.linkify.add('//', null);
  parser.validateLink = (url) => LINK.test(url);
  // As it was typed: decoded, a host could look like another one, and hold characters that no text has.
  parser.normalizeLinkText = (url) => url;
  parser.core.ruler.after('inline', 'sawal', (state) => {
    for (const token of state.tokens) {
      if (token.type.startsWith('heading_')) token.tag = HEADINGS[token.tag] ?? 'h6';
      if (token.type === 'fence') token.info = LANGUAGE.test(token.info.trim()) ? token.info.trim() : '';
      if (token.children?.some(({ type }) => type === 'image')) {
        token.children = picturesToLinks(parser, token.children);
      }
    }
  });
  return parser;
}

const parser = createParser();
const parserWithoutTables = createParser().disable('table');

/** Rows are filled up to the width of their table: 20,000 characters could become 60,000 cells. */
const MOST_CELLS = 10_000;

function parserFor(markdown: string): MarkdownIt {
  const lines = markdown.split('\n');
  const widest = lines.reduce((most, line) => Math.max(most, line.split('|').length), 0);
  return widest * lines.length > MOST_CELLS && widest > 1 ? parserWithoutTables : parser;
}

function clean(html: string): SafeHtml {
  // Long lines of code scroll, and what scrolls must be reachable by keyboard.
  const readable = withoutUnwanted(html).replaceAll('<pre>', '<pre tabindex="0">');
  return sanitizeHtml(readable, net) as SafeHtml;
}

/** Two bytes each, at most: some 30 MB for the HTML of posts. */
const REMEMBERED_CHARACTERS = 16_000_000;

/** The HTML of a post: only what the table lists, whatever was written. */
export const renderMarkdown: (markdown: string) => SafeHtml = remembered(
  (markdown) => clean(parserFor(markdown).render(markdown)),
  REMEMBERED_CHARACTERS,
);

/** The HTML of a comment: one line of emphasis, code and links. */
export const renderInline: (markdown: string) => SafeHtml = remembered(
  (markdown) => clean(parser.renderInline(markdown.replace(/\s+/gu, ' '))),
  REMEMBERED_CHARACTERS / 4,
);

function textOf(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if (token.children !== null && token.type === 'inline') return `${textOf(token.children)}\n`;
      if (token.type === 'softbreak' || token.type === 'hardbreak') return ' ';
      return token.type === 'text' || token.type.startsWith('code') || token.type === 'fence' ? token.content : '';
    })
    .join('');
}

/** The words of a post, for search: no markup. To be escaped like any text. */
export const plainText: (markdown: string) => string = remembered(
  (markdown) => withoutUnwanted(textOf(parserFor(markdown).parse(markdown, {}))).trim(),
  REMEMBERED_CHARACTERS / 4,
);

/** The beginning of a post on one line, cut between words. To be escaped. */
export function excerptOf(markdown: string, characters = 200): string {
  const text = plainText(markdown.slice(0, characters * 20))
    .replace(/\s+/gu, ' ')
    .trim();
  const points = [...text];
  if (points.length <= characters) return text;
  const cut = points.slice(0, characters - 1).join('');
  const space = cut.lastIndexOf(' ');
  return `${space > characters / 2 ? cut.slice(0, space) : cut}…`;
}
