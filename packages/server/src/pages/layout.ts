import { raw } from 'hono/html';
import { PAGES } from '@latchkey/protocol';
import { assetUrl } from './assets.ts';
import { icon } from './icons.ts';
import { html, type Content } from './markup.ts';

export interface PageFrame {
  /** Title of the page, without the product's name. */
  readonly title: string;
  /** `form`: one narrow card in the middle; `column`: a reading column; `full`: all of the width. */
  readonly width: 'form' | 'column' | 'full';
  readonly content: Content;
  /** Links or buttons at the end of the header. */
  readonly navigation?: Content;
  /** Where the browser goes at once, by itself. */
  readonly onward?: string;
}

/**
 * The whole document. No inline script and no inline style, so that it works under
 * `default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'`.
 */
export function layout({ title, width, content, navigation, onward }: PageFrame): string {
  const page = html`${raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} – Latchkey</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<meta name="robots" content="noindex">
${onward !== undefined && html`<meta http-equiv="refresh" content="0; url=${onward}">`}
<meta name="theme-color" content="#f5f7f5" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#0d1211" media="(prefers-color-scheme: dark)">
<link rel="icon" type="image/svg+xml" href="${assetUrl('icon.svg')}">
<link rel="stylesheet" href="${assetUrl('latchkey.css')}">
<script src="${assetUrl('latchkey.js')}" defer></script>
</head>
<body class="width-${width}">
<a class="skip-link" href="#content">Skip to the content</a>
<header class="site-header">
<a class="brand" href="${PAGES.home}"><img src="${assetUrl('icon.svg')}" alt="" width="32" height="32"><span>Latchkey</span></a>
${navigation && html`<nav class="site-nav" aria-label="Site">${navigation}</nav>`}
</header>
<main id="content" tabindex="-1">
${content}
</main>
<footer class="site-footer">${icon('lock')}<p>This page loads nothing from other sites.</p></footer>
</body>
</html>
`;
  return page.toString();
}
