import { readFile } from 'node:fs/promises';
import { importJWK, type JWK } from 'jose';
import * as oauth from 'openid-client';

/** Of one request to Latchkey. Somebody waits for the answer. */
const TIMEOUT_SECONDS = 5;

/** `openid` names the user, `profile` has the name at userinfo. That there is a refresh token is the client's grant. */
const SCOPE = 'openid profile';

/** Latchkey did not answer, or not with sense: to be tried again. Says nothing about who asked. */
export class LatchkeyUnavailable extends Error {
  override readonly name = 'LatchkeyUnavailable';
}

/** Latchkey refused, with the code of RFC 6749 §5.2: `invalid_grant` means that the session has ended there. */
export class GrantRefused extends Error {
  override readonly name = 'GrantRefused';
  readonly code: string;

  constructor(code: string, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

/** What a sign-in is asked for, and checked by when the browser is back. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface Tokens {
  readonly accessToken: string;
  readonly accessExpiresAt: number;
  /** Undefined where the one that was sent stays good. */
  readonly refreshToken: string | undefined;
}

/** What is known of somebody who has just signed in. */
export interface SignedIn extends Tokens {
  readonly refreshToken: string;
  readonly idToken: string;
  readonly subject: string;
  /** Their session at Latchkey: a sign-out there names it. */
  readonly sid: string | undefined;
  readonly name: string | undefined;
}

export interface AuthorizationServerOptions {
  readonly issuer: string;
  readonly client: { readonly id: string; readonly secret: string };
  /** The forum's origin. */
  readonly url: string;
  readonly audience: string;
  readonly clock: () => number;
}

/** Latchkey as the forum's people meet it: OAuth 2.1 and OpenID Connect by `openid-client`. */
export class AuthorizationServer {
  readonly #options: AuthorizationServerOptions;
  readonly #discovered: () => Promise<oauth.Configuration>;

  constructor(options: AuthorizationServerOptions) {
    this.#options = options;
    const { id, secret } = options.client;
    this.#discovered = discoverLater(options.issuer, id, oauth.ClientSecretBasic(secret));
  }

  static newAttempt(): Attempt {
    return { state: oauth.randomState(), nonce: oauth.randomNonce(), codeVerifier: oauth.randomPKCECodeVerifier() };
  }

  /** Where the browser is sent. The code will be good only with the attempt's verifier, which stays here (RFC 7636). */
  async authorizationUrl({ state, nonce, codeVerifier }: Attempt, isAnotherAccount: boolean): Promise<URL> {
    const configuration = await this.#discovered();
    return oauth.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirectUri,
      scope: SCOPE,
      resource: this.#options.audience,
      code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...(isAnotherAccount && { prompt: 'select_account' }),
    });
  }

  /**
   * Exchanges the code that the browser brought back. Checked on the way: `state`, `iss` (RFC 9207), the ID token with its
   * `nonce`, and that userinfo is about the same user.
   *
   * @param query - Of the request to `/callback`. Where that came to is not taken from the request: `Host` is the sender's.
   */
  async finish(query: string, attempt: Attempt): Promise<SignedIn> {
    const configuration = await this.#discovered();
    return translated(async () => {
      const answer = await oauth.authorizationCodeGrant(configuration, new URL(this.#redirectUri + query), {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.codeVerifier,
        idTokenExpected: true,
      });
      const { id_token: idToken } = answer;
      const claims = answer.claims();
      if (idToken === undefined || claims === undefined) throw new GrantRefused('invalid_id_token');
      const { name } = await oauth.fetchUserInfo(configuration, answer.access_token, claims.sub);
      const sid = typeof claims['sid'] === 'string' ? claims['sid'] : undefined;
      const tokens = this.#tokens(answer);
      const { refreshToken } = tokens;
      // The client was registered without the grant: a session would end with its first access token.
      if (refreshToken === undefined) throw new GrantRefused('no_refresh_token');
      return { ...tokens, refreshToken, idToken, subject: claims.sub, sid, name };
    });
  }

  async refresh(refreshToken: string): Promise<Tokens> {
    const configuration = await this.#discovered();
    return translated(async () => this.#tokens(await oauth.refreshTokenGrant(configuration, refreshToken)));
  }

  /** RFC 7009: ends the forum's session at Latchkey. */
  async revoke(refreshToken: string): Promise<void> {
    const configuration = await this.#discovered();
    await translated(() => oauth.tokenRevocation(configuration, refreshToken));
  }

  /** RP-Initiated Logout: signs the user out at Latchkey, too, and leads back to the first page. */
  async endSessionUrl(idToken: string): Promise<URL> {
    return oauth.buildEndSessionUrl(await this.#discovered(), {
      id_token_hint: idToken,
      post_logout_redirect_uri: `${this.#options.url}/`,
    });
  }

  /** Where Latchkey's public keys are. */
  async jwksUri(): Promise<URL> {
    const { jwks_uri: uri } = (await this.#discovered()).serverMetadata();
    if (uri === undefined) throw new LatchkeyUnavailable('Latchkey does not say where its keys are');
    return new URL(uri);
  }

  get #redirectUri(): string {
    return `${this.#options.url}/callback`;
  }

  #tokens(answer: oauth.TokenEndpointResponse): Tokens {
    const { access_token: accessToken, expires_in: life = 0, refresh_token: refreshToken } = answer;
    return { accessToken, accessExpiresAt: this.#options.clock() + life * 1000, refreshToken };
  }
}

/** The forum as a service: it has a key and no user (RFC 6749 §4.4, RFC 7523 §2.2). */
export class ServiceClient {
  readonly #clock: () => number;
  readonly #discovered: () => Promise<oauth.Configuration>;
  #token: { readonly text: string; readonly goodUntil: number } | undefined;

  private constructor(discovered: () => Promise<oauth.Configuration>, clock: () => number) {
    this.#discovered = discovered;
    this.#clock = clock;
  }

  /** @param job.keyFile - The private key, as `latchkey clients add … --generate-key FILE` writes it. */
  static async open(
    issuer: string,
    job: { readonly clientId: string; readonly keyFile: string },
    clock: () => number,
  ): Promise<ServiceClient> {
    const jwk = JSON.parse(await readFile(job.keyFile, 'utf8')) as JWK;
    const key = await importJWK(jwk, jwk.alg);
    if (key instanceof Uint8Array) throw new TypeError('The key of the job is no private key');
    const proof = oauth.PrivateKeyJwt(jwk.kid === undefined ? key : { key, kid: jwk.kid });
    return new ServiceClient(discoverLater(issuer, job.clientId, proof), clock);
  }

  /** An access token for Latchkey's management API, kept until it is about to expire. */
  async token(scope: string): Promise<string> {
    if (this.#token !== undefined && this.#clock() < this.#token.goodUntil) return this.#token.text;
    const configuration = await this.#discovered();
    const answer = await translated(() => oauth.clientCredentialsGrant(configuration, { scope }));
    const lifeMs = Math.max((answer.expires_in ?? 0) - 30, 0) * 1000;
    this.#token = { text: answer.access_token, goodUntil: this.#clock() + lifeMs };
    return answer.access_token;
  }

  /** After a refusal: the token may have been voided before its time. */
  forgetToken(): void {
    this.#token = undefined;
  }
}

/**
 * What Latchkey says of itself, asked for when it is first needed: the forum starts, and is there for readers, while
 * Latchkey is not. A failure is not kept, so the next who needs it asks again.
 */
function discoverLater(issuer: string, clientId: string, proof: oauth.ClientAuth): () => Promise<oauth.Configuration> {
  // oxlint-disable-next-line typescript/no-deprecated -- only to stand out: settings allow http on this machine alone
  const execute = issuer.startsWith('http:') ? [oauth.allowInsecureRequests] : [];
  let discovered: Promise<oauth.Configuration> | undefined;
  return () => {
    discovered ??= translated(() =>
      oauth.discovery(new URL(issuer), clientId, undefined, proof, { timeout: TIMEOUT_SECONDS, execute }),
    ).catch((error: unknown) => {
      discovered = undefined;
      // Whatever it was, it says nothing about whoever asked now.
      throw new LatchkeyUnavailable('Latchkey cannot be discovered', { cause: error });
    });
    return discovered;
  };
}

/** The library's errors as the two that matter here. What it was exactly goes to the log, by `cause`. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GrantRefused) throw error;
    if (error instanceof oauth.AuthorizationResponseError) throw new GrantRefused(error.error, { cause: error });
    if (error instanceof oauth.ResponseBodyError) {
      if (error.status < 500 && error.status !== 429) throw new GrantRefused(error.error, { cause: error });
      throw new LatchkeyUnavailable('Latchkey answered with an error', { cause: error });
    }
    if (error instanceof oauth.ClientError && CHECKS.has(error.code ?? '')) {
      throw new GrantRefused('invalid_response', { cause: error });
    }
    throw new LatchkeyUnavailable('Latchkey cannot be reached', { cause: error });
  }
}

/** What was answered is not what was asked for: another state, nonce, issuer, subject. */
const CHECKS: ReadonlySet<string> = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
]);
