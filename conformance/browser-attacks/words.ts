/** The words of the page and of the picture for what was found. */
import type { AttackId } from './attacks/index.ts';
import type { ColumnId, FactId } from './expected.ts';
import type { Outcome } from './observation.ts';

export const outcomeWords: Readonly<Record<Outcome, { readonly short: string; readonly meaning: string }>> = {
  credential: {
    short: 'credential',
    meaning: 'takes away something that works elsewhere, until it expires or is revoked',
  },
  'credential, found out': { short: 'until found out', meaning: 'the same, but its use ended the session for both' },
  'use in place': {
    short: 'in place',
    meaning: 'takes nothing away, but does what the user could do while the page is open',
  },
  'one request': { short: 'one request', meaning: 'has one request of its choice made as the user' },
  'swapped account': { short: 'swapped', meaning: "the user goes on in the attacker's account, without knowing" },
  'private page': { short: 'page shown', meaning: 'sees what the page showed; requests are refused' },
  nothing: { short: '–', meaning: 'nothing' },
};

export interface Group {
  readonly title: string;
  /** Where it is written, beside this file. */
  readonly source: string;
  readonly columns: readonly { readonly id: ColumnId; readonly head: string; readonly what: string }[];
}

const column = (id: ColumnId, head: string, what: string) => ({ id, head, what });

export const groups: readonly Group[] = [
  {
    title: 'A script in the page',
    source: 'attacks/scripts.ts',
    columns: [
      column(
        'script-reads',
        'reads',
        'a stored comment runs, reads both storages, `document.cookie` and the address, and sends it off',
      ),
      column(
        'script-listens',
        'listens',
        'a reflected parameter runs, puts itself before `fetch`, and keeps back and sends off what the application would send',
      ),
      column(
        'script-asks',
        'asks',
        'the script asks the server for a token, as the application can, and sends that off',
      ),
      column(
        'vendor-takes',
        "vendor's script",
        'a script from another origin, included on purpose and then taken over, does the three',
      ),
      column('script-uses', 'uses', 'the script fills in the form and presses the button: nothing is taken away'),
    ],
  },
  {
    title: 'Another site, and a sibling subdomain',
    source: 'attacks/other-sites.ts',
    columns: [
      column('form-soon', 'form, soon', 'a form on another site posts by itself, within two minutes of the sign-in'),
      column('form-later', 'form, later', 'the same, with cookies that are three minutes old'),
      column('image', 'image', 'an image there, whose address changes something'),
      column('fetch', 'fetch', '`fetch` there, with credentials'),
      column('link', 'link', 'a link there, whose address changes something; the user follows it'),
      column('sibling-form', "sibling's form", 'a form on `evil-sibling.` of the same domain'),
      column(
        'cookie-tossing',
        "sibling's cookie",
        'the sibling sets a cookie of the same name for the whole domain, with a session of the attacker in it',
      ),
    ],
  },
  {
    title: 'Copies and traces',
    source: 'attacks/traces.ts',
    columns: [
      column('trace', 'TRACE', 'a script asks for an echo of its own request'),
      column('referer', 'Referer', 'the user follows a link, and the application sends whole addresses (`unsafe-url`)'),
      column(
        'history',
        'history, logs',
        'addresses in the tab’s history and in the access log, tried after the sign-out',
      ),
      column(
        'stolen-profile',
        'stolen profile',
        'cookies and both storages in another browser; thief and victim go on in turn',
      ),
      column('logged-request', 'copied request', 'the headers of one request, sent again by another program'),
      column('back', 'Back', 'the user signs out on another page, and somebody presses Back'),
      column(
        'shared-cache',
        'shared cache',
        'a page “for everybody” prolongs the cookie, and a cache in front keeps the answer',
      ),
    ],
  },
];

export const facts: readonly { readonly id: FactId; readonly head: string }[] = [
  { id: 'reload', head: 'after a reload' },
  { id: 'secondTab', head: 'in a second tab' },
  { id: 'restart', head: 'after a restart, remembered' },
  { id: 'forgets', head: 'gone after a restart, not remembered' },
];

/** For the picture, where there is room for a line. */
export const pictureRows: Readonly<Record<AttackId | 'form-later', string>> = {
  'script-reads': 'injected script reads what lies there',
  'script-listens': 'injected script listens to requests',
  'script-asks': 'injected script asks for a token',
  'vendor-takes': "vendor's script, taken over",
  'script-uses': 'injected script uses the session in place',
  'form-soon': 'form on another site, within 2 minutes',
  'form-later': 'form on another site, later',
  image: 'image on another site',
  fetch: 'fetch on another site, with credentials',
  link: 'link on another site',
  'sibling-form': 'form on a sibling subdomain',
  'cookie-tossing': 'cookie planted by a sibling subdomain',
  trace: 'TRACE',
  referer: 'Referer of a link',
  history: 'history and access logs',
  'stolen-profile': 'profile copied to another browser',
  'logged-request': 'request copied by another program',
  back: 'Back after sign-out',
  'shared-cache': 'shared cache that keeps Set-Cookie',
};
