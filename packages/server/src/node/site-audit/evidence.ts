/** What was seen of a site, as it came: the rules judge this and nothing else. Holds credentials; never printed. */

/** Of the browser at one moment. */
export interface Snapshot {
  readonly items: readonly StoredItem[];
  readonly cookies: readonly Cookie[];
}

export interface StoredItem {
  readonly origin: string;
  readonly storage: 'localStorage' | 'sessionStorage' | 'IndexedDB';
  /** Of IndexedDB: database, store and key. */
  readonly key: string;
  readonly value: string;
}

export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Begins with a dot where subdomains get it, too (RFC 6265 §5.3, `host-only-flag`). */
  readonly domain: string;
  readonly path: string;
  /** Seconds since 1970, or -1: until the browser is closed. */
  readonly expires: number;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  readonly sameSite: 'Strict' | 'Lax' | 'None';
}

export type Phase = 'before' | 'signing in' | 'signed in' | 'signed out';

/** One request, and its answer. Names of headers are in lower case. */
export interface Exchange {
  readonly phase: Phase;
  readonly url: string;
  readonly method: string;
  /** As Chromium calls it: `document`, `script`, `fetch`, `xhr`, … */
  readonly resourceType: string;
  /** A page of its own, not one in a frame. */
  readonly isPage: boolean;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly status: number;
  readonly responseHeaders: readonly (readonly [name: string, value: string])[];
}

/** What the address bar showed, with what is behind `#`. */
export interface Address {
  readonly phase: Phase;
  readonly url: string;
}

/** A page as it was while somebody was signed in. */
export interface PageFacts {
  readonly url: string;
  /** Of its `<meta http-equiv=Content-Security-Policy>`. */
  readonly metaPolicies: readonly string[];
  /** Whether a field for a password can be seen: perhaps nobody was let in. */
  readonly asksForPassword: boolean;
  readonly scripts: readonly { readonly src: string; readonly hasIntegrity: boolean }[];
}

export type Ending = 'sign-out' | 'password change' | 'own password change';

/** An old credential, used again in another browser after it should have ended. */
export interface Replay {
  readonly ending: Ending;
  readonly url: string;
  /** Names of cookies and headers that went with it; nothing where the address has the credential. */
  readonly carriedBy: readonly string[];
  readonly outcome: 'alive' | 'dead' | 'unclear';
}

/** How far the endings could be looked at. */
export type Check = 'checked' | 'not asked for' | 'no request tells';

export interface SiteEvidence {
  /** What the user pointed at. */
  readonly url: string;
  /** Milliseconds since 1970, while signed in. */
  readonly at: number;
  readonly before: Snapshot;
  readonly signedIn: Snapshot;
  readonly signedOut: Snapshot | undefined;
  readonly exchanges: readonly Exchange[];
  readonly addresses: readonly Address[];
  readonly pages: readonly PageFacts[];
  readonly replays: readonly Replay[];
  /** Addresses whose answers differ for who is signed in and for who is not. */
  readonly tellingUrls: readonly string[];
  readonly signOut: Check;
  readonly passwordChange: Check;
}

/** Values of a header; most have one. */
export function headerValues({ responseHeaders }: Exchange, name: string): string[] {
  return responseHeaders.filter(([header]) => header === name).map(([, value]) => value);
}
