import type { Storage } from './storages.ts';

export interface ShopPage {
  readonly storage: Storage;
  /** Whom the server knows by the request for the page itself. */
  readonly user: string | undefined;
  readonly vendor: string;
  readonly api: string;
  readonly elsewhere: string;
  readonly comments: readonly string[];
  readonly searched: string;
}

/** The demo's page. Comments and what was searched for are put in as they are: stored and reflected XSS. */
export function shopPage(page: ShopPage): string {
  return `<!doctype html>
<html lang="en" data-storage="${page.storage.id}" data-base="${page.storage.base}" data-api="${page.api}">
<title>Shop</title>
<link rel="icon" href="data:,">
<script src="${page.vendor}/widget.js"></script>
<h1>Shop</h1>
<p>Signed in as <b id="who"></b>. <span id="private">${page.user ? `Balance of ${page.user}: 1000` : ''}</span></p>
<p>Results for ${page.searched}</p>
<div>${page.comments.join('<hr>')}</div>
<form id="sign-in"><input name="user"><input name="password" type="password"><input name="remember" type="checkbox"><button>Sign in</button></form>
<form id="sign-out"><button>Sign out</button></form>
<form id="transfer"><input name="to"><button>Transfer</button></form><p id="transferred"></p>
<p><a id="elsewhere" href="${page.elsewhere}/landing">A page elsewhere</a></p>
<script type="module" src="${page.storage.base}app.js"></script>
`;
}
