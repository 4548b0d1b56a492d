/** What a finding means: what it is, why it matters, what to do. Evidence and place are the finding's own. */
export interface FindingText {
  readonly what: string;
  readonly why: string;
  readonly advice: string;
}

const HTTP_ONLY = 'Keep it in an HttpOnly, Secure, SameSite cookie whose name begins with __Host-.';
const SHORT_LIVED = 'Let access tokens live for minutes, and revoke the session behind them.';
const ANY_SCRIPT =
  'Any script that runs in the page, by injection or from a vendor, can send it away and be the user elsewhere.';

export const FINDING_TEXTS = {
  token_in_local_storage: { what: 'A token lies in localStorage', why: ANY_SCRIPT, advice: HTTP_ONLY },
  token_in_session_storage: {
    what: 'A token lies in sessionStorage',
    why: `${ANY_SCRIPT} That it ends with the tab helps nobody who has a copy.`,
    advice: HTTP_ONLY,
  },
  token_in_indexed_db: { what: 'A token lies in IndexedDB', why: ANY_SCRIPT, advice: HTTP_ONLY },
  possible_token_stored: {
    what: 'A value that scripts can read could be a token',
    why: 'It appeared with the sign-in and cannot be guessed. If the server takes it for the user, any script can take it.',
    advice: 'Find out what it is. If it is a credential, keep it in an HttpOnly cookie.',
  },
  token_in_page_memory: {
    what: 'A token is sent that lies in no storage: the page has it in memory',
    why: 'A script that only looks does not find it; one that listens to requests does, while the page is open.',
    advice: 'Let it live for minutes, or bind it to a key that cannot be exported (DPoP, RFC 9449).',
  },
  cookie_readable: { what: 'A session cookie can be read by scripts', why: ANY_SCRIPT, advice: 'Add HttpOnly.' },
  cookie_not_secure: {
    what: 'A session cookie goes over plain http, too',
    why: 'One request without TLS, which a stranger in the network can cause, shows it to everybody on the way.',
    advice: 'Add Secure.',
  },
  cookie_same_site_none: {
    what: "A session cookie goes with every other site's requests (SameSite=None)",
    why: 'Forms, images and fetch of any site act as the user, unless the server checks where each request comes from.',
    advice:
      'Use SameSite=Lax or Strict. Where None is needed, check Sec-Fetch-Site or Origin on whatever changes something.',
  },
  cookie_no_same_site: {
    what: 'A session cookie leaves SameSite to the browser',
    why: "Chromium sends it with other sites' forms for two minutes after it was set; some browsers always do.",
    advice: 'Say SameSite=Lax or Strict.',
  },
  cookie_same_site_lax: {
    what: 'A session cookie goes with links of other sites (SameSite=Lax)',
    why: 'That is what most sites want. Whatever changes something on GET can be done by a link.',
    advice: 'Change nothing on GET.',
  },
  cookie_for_subdomains: {
    what: 'A session cookie goes to every subdomain',
    why: 'Whoever has one subdomain, by a takeover or as a customer, gets it.',
    advice: 'Leave Domain out, and name it with __Host-.',
  },
  cookie_without_prefix: {
    what: 'A session cookie can be planted by a subdomain',
    why: 'Without __Host- in its name, a sibling can set a cookie of the same name, and put the user into another account.',
    advice: 'Rename it to begin with __Host-: Secure, Path=/, no Domain.',
  },
  cookie_long_life: {
    what: 'A session cookie lives for months',
    why: 'A copied one is of use as long, unless the server ends it.',
    advice: 'Let it live for weeks at most, and prolong it while it is used.',
  },
  jwt_not_signed: {
    what: 'A JWT says alg: none',
    why: 'A server that takes it lets everybody write their own.',
    advice: 'Refuse none; allow the one algorithm that is used.',
  },
  jwt_never_expires: {
    what: 'A JWT never expires',
    why: 'A copy is of use forever, unless the server looks every one up.',
    advice: `Give it exp. ${SHORT_LIVED}`,
  },
  jwt_long_life: {
    what: 'A JWT lives long',
    why: 'A copy goes on after the sign-out until it expires, unless the server looks every one up.',
    advice: SHORT_LIVED,
  },
  jwt_personal_data: {
    what: 'A JWT carries personal data',
    why: 'Its content is only encoded: every log, proxy and script that has it can read it.',
    advice: 'Put an identifier into it, and let the server look up the rest.',
  },
  token_in_address: {
    what: 'A token is in an address',
    why: 'Addresses are kept in the history, in logs on the way, and are given to others.',
    advice:
      'Send it in a cookie or a header. For mailed links, use one-time tokens and take them out of the address at once.',
  },
  token_in_fragment: {
    what: 'A token is in the fragment of an address',
    why: 'It is not sent to the server, but the history and every script of the page have it.',
    advice: 'Use the authorization code flow with PKCE in place of the implicit one.',
  },
  token_to_third_party: {
    what: 'A token goes to another site in an address or as Referer',
    why: 'Whoever runs that site, or reads its logs, can be the user.',
    advice: 'Take it out of the address, and send Referrer-Policy: strict-origin-when-cross-origin or no-referrer.',
  },
  cacheable_set_cookie: {
    what: 'An answer that sets a session cookie may be kept by a shared cache',
    why: 'A cache in front of the site stores it with its Set-Cookie (RFC 9111 §7.3), and signs the next visitor in as this user.',
    advice: 'Send Cache-Control: no-store with every Set-Cookie.',
  },
  set_cookie_without_cache_control: {
    what: 'An answer that sets a session cookie says nothing about caches',
    why: 'Some caches keep it by rules of their own.',
    advice: 'Send Cache-Control: no-store with every Set-Cookie.',
  },
  private_answer_public: {
    what: "The user's own answer may be kept by a shared cache",
    why: 'The next visitor is shown what was for this user.',
    advice: 'Send Cache-Control: no-store, or private.',
  },
  private_answer_kept: {
    what: "The user's own answer is kept by the browser",
    why: 'After the sign-out, Back shows it to whoever sits there.',
    advice: 'Send Cache-Control: no-store.',
  },
  no_policy: {
    what: 'The page has no Content-Security-Policy',
    why: 'Nothing stops an injected script, nor where it sends what it finds.',
    advice:
      "Send one with nonces or hashes: script-src 'nonce-…' 'strict-dynamic'; object-src 'none'; base-uri 'none'.",
  },
  weak_policy: {
    what: 'The Content-Security-Policy does not stop injected scripts',
    why: 'What an attacker puts into the page runs all the same.',
    advice: "Use nonces or hashes in script-src, and no 'unsafe-inline', no whole schemes, no wildcards.",
  },
  incomplete_policy: {
    what: 'The Content-Security-Policy has gaps',
    why: 'A base element or a plug-in can lead scripts elsewhere, and eval runs text.',
    advice: "Add object-src 'none' and base-uri 'none', and leave 'unsafe-eval' out.",
  },
  can_be_framed: {
    what: 'Any site may show the signed-in page in a frame',
    why: 'A user can be made to click on it without seeing it, where the cookie goes along.',
    advice: "Send Content-Security-Policy: frame-ancestors 'none' (or X-Frame-Options: DENY).",
  },
  third_party_script: {
    what: 'A script of another site runs in the signed-in page',
    why: 'Whoever changes it can do what the user can, and take every token that scripts can read.',
    advice: 'Serve it yourself, give it an integrity attribute, or put it into a sandboxed frame.',
  },
  plain_http: {
    what: 'The signed-in page goes over plain http',
    why: 'Everybody in the network reads and changes it, the session with it.',
    advice: 'Redirect to https and send Strict-Transport-Security.',
  },
  no_strict_transport: {
    what: 'The site does not insist on https',
    why: 'The first request by a typed name goes over plain http, where a stranger in the network can answer.',
    advice: 'Send Strict-Transport-Security: max-age=31536000 or more.',
  },
  survives_sign_out: {
    what: 'An old credential works after the sign-out',
    why: 'Signing out only made this browser forget it. Whoever has a copy goes on.',
    advice: 'End the session on the server, and look it up, or a list of what was revoked, with every request.',
  },
  survives_password_change: {
    what: 'A session elsewhere lives on after the password was changed',
    why: 'People change a password because somebody else may have it. That somebody stays signed in.',
    advice: 'End all other sessions when the password changes.',
  },
  not_renewed_by_password_change: {
    what: 'The credential from before the password change still works',
    why: 'A copy of the session in which the password was changed is not thrown out.',
    advice: 'Give the session a new credential when the password changes.',
  },
  not_renewed_by_sign_in: {
    what: 'The session has the same credential as before the sign-in',
    why: 'Who plants it in a browser beforehand is signed in with the user (session fixation).',
    advice: 'Give out a new one at each sign-in.',
  },
  left_after_sign_out: {
    what: 'A credential is still in the browser after the sign-out',
    why: 'The next person at this browser has it.',
    advice: 'Remove it when the user signs out; Clear-Site-Data does it for all of them.',
  },
  http_only_session: {
    what: 'No script can read a cookie that came with the sign-in',
    why: 'A script in the page can use it while the page is open, and cannot take it away.',
    advice: 'Nothing to do.',
  },
  ends_with_sign_out: {
    what: 'The sign-out ends the old credential',
    why: 'A copy was refused afterwards.',
    advice: 'Nothing to do.',
  },
  ends_with_password_change: {
    what: 'A session elsewhere ended when the password was changed',
    why: 'A copy was refused afterwards.',
    advice: 'Nothing to do.',
  },
  sign_out_not_checked: {
    what: 'Whether the sign-out ends anything was not looked at',
    why: 'Often it does not: a JWT goes on until it expires.',
    advice: 'Give --sign-out SELECTOR, or export signOut from the script, or sign out when asked.',
  },
  endings_not_told: {
    what: 'Whether old credentials end could not be told',
    why: 'No GET was seen whose answer, to a copy of it, differs for who is signed in. Tokens that are bound to a key are like that.',
    advice: 'Open a page of the user or call an API by GET while signed in: --visit PATH.',
  },
  replay_unclear: {
    what: 'The answer to an old credential says nothing',
    why: 'The server failed or refused for another reason, such as a limit.',
    advice: 'Try again later.',
  },
} as const satisfies Record<string, FindingText>;

export type FindingCode = keyof typeof FINDING_TEXTS;
