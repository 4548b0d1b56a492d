/** Paths of the HTTP API, relative to the issuer. */
export const ROUTES = {
  signUp: '/api/sign-up',
  emailVerification: '/api/email-verification',
  confirmEmail: '/api/email-verification/confirm',
  signIn: '/api/sign-in',
  signOut: '/api/sign-out',
  session: '/api/session',
  sessionToken: '/api/session/token',
  sessions: '/api/sessions',
  revokeOthers: '/api/sessions/revoke-others',
  revokeAll: '/api/sessions/revoke-all',
  jwks: '/.well-known/jwks.json',
  authorizationServerMetadata: '/.well-known/oauth-authorization-server',
  live: '/health/live',
  ready: '/health/ready',
  metrics: '/metrics',
  openapi: '/openapi.json',
  docs: '/docs',
  devMail: '/dev/mail',
  devMailJson: '/dev/mail.json',
} as const;

/** Paths of the pages that people see. */
export const PAGES = {
  home: '/',
  signUp: '/sign-up',
  signIn: '/sign-in',
  signOut: '/sign-out',
  verifyEmail: '/verify-email',
  account: '/account',
  firstAdministrator: '/first-administrator',
} as const;
