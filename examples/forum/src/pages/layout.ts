import { raw } from 'hono/html';
import { assetPath } from './assets.ts';
import type { PageFrame, Visitor } from './frame.ts';
import { html } from './markup.ts';
import { siteHeader } from './site-header.ts';

/** The whole document, which works under a policy without inline scripts and styles. */
export function layout(frame: PageFrame, visitor: Visitor): string {
  const { title, width, content } = frame;
  const page = html`${raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} – Sawal</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${frame.isHidden === true && html`<meta name="robots" content="noindex">`}
<meta name="theme-color" content="#f6f6fa" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#101119" media="(prefers-color-scheme: dark)">
${frame.canonical !== undefined && html`<link rel="canonical" href="${frame.canonical}">`}
${frame.newer !== undefined && html`<link rel="prev" href="${frame.newer}">`}
${frame.older !== undefined && html`<link rel="next" href="${frame.older}">`}
<link rel="icon" type="image/svg+xml" href="${assetPath('icon.svg')}">
<link rel="stylesheet" href="${assetPath('style.css')}">
<script src="${assetPath('enhance.js')}" defer></script>
</head>
<body class="width-${width}">
<a class="skip-link" href="#content">Skip to the content</a>
${siteHeader(visitor, frame)}
<main id="content" tabindex="-1">
${content}
</main>
<footer class="site-footer"><p>Sawal is an example of Latchkey: it keeps no password. <a href="/about">How it works</a></p></footer>
</body>
</html>
`;
  return page.toString();
}
