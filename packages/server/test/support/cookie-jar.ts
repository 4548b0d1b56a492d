/** What a browser does with `Set-Cookie`, as far as this server uses it (RFC 6265bis §5). */

export interface StoredCookie {
  readonly name: string;
  readonly value: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite: string | undefined;
  readonly path: string;
  /** Seconds; undefined for a cookie that ends with the browser. */
  readonly maxAge: number | undefined;
}

export class CookieJar {
  /** By name and path (RFC 6265bis §5.7): two with one name are two. */
  readonly #cookies = new Map<string, StoredCookie>();

  /** The cookie of that name, for the whole origin unless a path is given. */
  get(name: string, path = '/'): StoredCookie | undefined {
    return this.#cookies.get(`${name} ${path}`);
  }

  get names(): readonly string[] {
    return [...this.#cookies.values()].filter(({ path }) => path === '/').map(({ name }) => name);
  }

  set(cookie: Pick<StoredCookie, 'name' | 'value'>): void {
    this.#cookies.set(`${cookie.name} /`, {
      secure: false,
      httpOnly: false,
      sameSite: undefined,
      path: '/',
      maxAge: undefined,
      ...cookie,
    });
  }

  /** The `Cookie` header for a request, or undefined where there is none to send. */
  header(url: URL): string | undefined {
    const sent = [...this.#cookies.values()].filter(
      (cookie) => (!cookie.secure || url.protocol === 'https:') && isBelow(url.pathname, cookie.path),
    );
    return sent.length === 0 ? undefined : sent.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  /** Keeps the cookies that a response sets, and drops those that it ends. Refuses what a browser would refuse. */
  apply(url: URL, response: Response): void {
    for (const header of response.headers.getSetCookie()) {
      const cookie = parse(header);
      if (cookie.secure && url.protocol !== 'https:') throw new Error('A Secure cookie over plain http');
      const key = `${cookie.name} ${cookie.path}`;
      if (cookie.maxAge !== undefined && cookie.maxAge <= 0) this.#cookies.delete(key);
      else this.#cookies.set(key, cookie);
    }
  }
}

/** RFC 6265 §5.1.4. */
function isBelow(path: string, cookiePath: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`);
}

function parse(header: string): StoredCookie {
  const [pair = '', ...parts] = header.split(';').map((part) => part.trim());
  const attributes = new Map(
    parts.map((part) => {
      const [name = '', ...value] = part.split('=');
      return [name.toLowerCase(), value.join('=')] as const;
    }),
  );
  const [name = '', ...value] = pair.split('=');
  const secure = attributes.has('secure');
  const httpOnly = attributes.has('httponly');
  const path = attributes.get('path') ?? '/';
  const maxAge = attributes.get('max-age');
  // RFC 6265bis §4.1.3.2, and the `__Host-Http-` prefix, which insists on HttpOnly besides.
  if (name.startsWith('__Host-') && (!secure || path !== '/' || attributes.has('domain'))) {
    throw new Error('A __Host- cookie without what its name promises');
  }
  if (name.startsWith('__Host-Http-') && !httpOnly) throw new Error('A __Host-Http- cookie without HttpOnly');
  if (name.startsWith('__Http-') && !(secure && httpOnly)) throw new Error('A __Http- cookie that a script may read');
  return {
    name,
    value: value.join('='),
    secure,
    httpOnly,
    sameSite: attributes.get('samesite'),
    path,
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
  };
}
