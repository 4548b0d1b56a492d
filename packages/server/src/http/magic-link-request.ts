import { generateCookie } from 'hono/cookie';
import { MAX_SLOTS } from '@latchkey/protocol';
import { SECOND_MS } from '../domain/instant.ts';
import { newBrowserSecret, parseBrowserSecret, type BrowserSecret } from '../domain/one-time-tokens/magic-link.ts';
import { readCookie } from '../domain/sessions/cookie-text.ts';
import { confirmMagicLink, type ConfirmMagicLinkResult } from '../operations/confirm-magic-link.ts';
import { requestMagicLink, type RequestMagicLinkResult } from '../operations/request-magic-link.ts';
import { safeReturnPath } from '../pages/safe-return-path.ts';
import { readKnownDevice, setKnownDevice, setSessionCookie, writeCookie } from './cookies.ts';
import { askingSession } from './current-session.ts';
import type { AppContext, HttpDependencies } from './environment.ts';
import { usesSecureCookies, type CookiePlace } from './session-cookie.ts';

/** What the browser is to do once its link is used: its own choices, so its own cookie keeps them. */
interface Choices {
  readonly remember: boolean;
  readonly slot: number | undefined;
  /** Where the credential is kept. */
  readonly place: CookiePlace;
  /** Where to go then; none for an application, and none that is too long for a cookie. */
  readonly next: string | undefined;
}

/** What a browser has that asked for a link. */
interface Waiting extends Choices {
  readonly browser: BrowserSecret;
}

/** Browsers keep 4,096 bytes of name and value (RFC 6265bis §5.6), and base64url makes 4 of 3. */
const MAX_NEXT_CHARACTERS = 2900;
/** `j`: for the mode `jwt-cookie`. */
const VALUE = /^(?<browser>[\w-]{43})\.(?<remember>[01])(?<slot>\d?)(?<mode>j?)\.(?<next>[\w-]*)$/;

/**
 * Mails a link, and has the browser keep what the link is good with: for any address alike, or the cookie would tell.
 * What page and API share.
 */
export async function requestMagicLinkHere(
  c: AppContext,
  { operations }: HttpDependencies,
  email: string,
  choices: Choices,
): Promise<RequestMagicLinkResult> {
  const browser = newBrowserSecret(operations.random);
  const result = await requestMagicLink(operations, { email, browser }, c.var.caller);
  if (result.kind !== 'accepted') return result;
  const { issuer, oneTimeLifeMs } = operations.policy;
  const value = encode({ ...choices, browser });
  writeCookie(c, cookieText(issuer, value, Math.floor(oneTimeLifeMs.magic_link / SECOND_MS)));
  return result;
}

/**
 * Signs in by the token of a link or its code, in the slot that was asked for, in the place of the session there: what page
 * and API share.
 */
export async function confirmMagicLinkHere(
  c: AppContext,
  dependencies: HttpDependencies,
  token: string,
): Promise<Pick<Choices, 'slot' | 'place' | 'next'> & { readonly result: ConfirmMagicLinkResult }> {
  const { operations, metrics } = dependencies;
  const { issuer } = operations.policy;
  const waiting = readWaiting(c, issuer);
  const { remember = false, slot, place = 'origin', next, browser } = waiting ?? {};
  const replaces = browser && (await askingSession(c, dependencies, slot));
  const input = { token, browser, remember, replaces, knownDevice: readKnownDevice(c, issuer) };
  const result = await confirmMagicLink(operations, input, c.var.caller);
  metrics.signIns.inc({ outcome: result.kind });
  if (result.kind === 'signed_in') {
    setSessionCookie(c, issuer, slot, result.credential, result.session, operations.clock(), place);
    setKnownDevice(c, issuer, result.knownDevice, result.session.remember);
    writeCookie(c, cookieText(issuer, '', 0));
  }
  return { result, slot, place, next };
}

/** Whether this browser asked for a link a moment ago. It says nothing of the link. */
export function waitsForMagicLink(c: AppContext, issuer: string): boolean {
  return readWaiting(c, issuer) !== undefined;
}

function magicLinkCookieName(issuer: string): string {
  return usesSecureCookies(issuer) ? '__Host-Http-latchkey-link' : 'latchkey-link';
}

function cookieText(issuer: string, value: string, maxAge: number): string {
  return generateCookie(magicLinkCookieName(issuer), value, {
    httpOnly: true,
    secure: usesSecureCookies(issuer),
    sameSite: 'Strict',
    path: '/',
    maxAge,
  });
}

function encode({ browser, remember, slot, place, next }: Waiting): string {
  const kept = next !== undefined && next.length <= MAX_NEXT_CHARACTERS ? safeReturnPath(next) : undefined;
  const choices = `${remember ? 1 : 0}${slot ?? ''}${place === 'session-api' ? 'j' : ''}`;
  return `${browser.reveal()}.${choices}.${Buffer.from(kept ?? '').toString('base64url')}`;
}

function readWaiting(c: AppContext, issuer: string): Waiting | undefined {
  const parts = VALUE.exec(readCookie(c.req.header('Cookie'), magicLinkCookieName(issuer)) ?? '')?.groups;
  const browser = parts && parseBrowserSecret(parts['browser'] ?? '');
  if (browser === undefined) return undefined;
  const slot = parts?.['slot'] ? Number(parts['slot']) : undefined;
  if (slot !== undefined && slot >= MAX_SLOTS) return undefined;
  const next = safeReturnPath(Buffer.from(parts?.['next'] ?? '', 'base64url').toString());
  const place = parts?.['mode'] === 'j' ? 'session-api' : 'origin';
  return { browser, remember: parts?.['remember'] === '1', slot, place, next };
}
