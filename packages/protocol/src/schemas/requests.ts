import { z } from 'zod';
import { MAX_SLOTS } from '../cookies.ts';
import { plainText } from './text.ts';

/** RFC 5321 §4.5.3.1.3 limits a path to 256 octets with its angle brackets. */
const emailAddress = plainText(3, 254).meta({ description: 'E-mail address' });
/** Any characters at all, so only the shape is checked here; the policy counts characters after NFC. */
const password = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => text.isWellFormed(), 'Not well-formed Unicode')
  .meta({ description: 'Password: 8 to 1,024 characters' });
const displayName = plainText(1, 120).meta({ description: 'Name to show' });
const oneTimeToken = z.string().min(1).max(256).meta({ description: 'Token from the mailed link' });

export const signUpRequest = z.strictObject({ email: emailAddress, password, name: displayName.optional() });
export const emailVerificationRequest = z.strictObject({ email: emailAddress });
export const confirmEmailRequest = z.strictObject({ token: oneTimeToken });
export const passwordChangeRequest = z.strictObject({ current: password, password });
export const passwordResetRequest = z.strictObject({ email: emailAddress });
export const confirmPasswordResetRequest = z.strictObject({ token: oneTimeToken, password });
export const emailChangeRequest = z.strictObject({ password, email: emailAddress });
export const confirmEmailChangeRequest = z.strictObject({ token: oneTimeToken });
export const undoEmailChangeRequest = z.strictObject({ token: oneTimeToken });
export const accountDeletionRequest = z.strictObject({ password });
const sessionChoices = {
  remember: z.boolean().optional().meta({ description: 'Keep the session after the browser closes' }),
  slot: z
    .int()
    .min(0)
    .max(MAX_SLOTS - 1)
    .optional(),
  mode: z.enum(['session', 'jwt-cookie']).optional().meta({
    description: '`jwt-cookie`: the credential goes to the session API alone, and its access tokens into a cookie',
  }),
};
export const signInRequest = z.strictObject({ email: emailAddress, password, ...sessionChoices });
export const magicLinkRequest = z.strictObject({ email: emailAddress, ...sessionChoices });
export const confirmMagicLinkRequest = z.strictObject({
  token: oneTimeToken.meta({ description: 'Token from the mailed link, or the code that it shows in another browser' }),
});
export const firstAdministratorRequest = z.strictObject({
  token: oneTimeToken,
  email: emailAddress,
  password,
  name: displayName.optional(),
});
export const sessionTokenRequest = z.strictObject({
  audience: plainText(1, 512).optional().meta({ description: 'Resource server that the token is for' }),
  scope: plainText(1, 1024).optional().meta({ description: 'Scopes, separated by spaces' }),
  deliver: z.enum(['body', 'cookie']).optional().meta({
    description: '`cookie`: no script sees the token. The only way for a session of the mode `jwt-cookie`',
  }),
});

/** Parameters of a client's requests, for the API reference: forms are read by the rules of RFC 6749 §3.2. */
const clientCredentials = {
  client_id: z.string().optional().meta({ description: 'With `client_secret_post`, and of a public client' }),
  client_secret: z.string().optional().meta({ description: 'With `client_secret_post`' }),
  client_assertion_type: z.enum(['urn:ietf:params:oauth:client-assertion-type:jwt-bearer']).optional(),
  client_assertion: z.string().optional().meta({
    description: 'With `client_secret_jwt` and `private_key_jwt`: a JWT that the client signed, for the issuer alone',
  }),
};
export const tokenRequest = z.object({
  grant_type: z.enum([
    'client_credentials',
    'authorization_code',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'urn:ietf:params:oauth:grant-type:token-exchange',
  ]),
  code: z.string().optional().meta({ description: 'With `authorization_code`' }),
  redirect_uri: z.string().optional().meta({ description: 'With `authorization_code`: as the code was asked for' }),
  code_verifier: z.string().optional().meta({ description: 'With `authorization_code` (RFC 7636)' }),
  refresh_token: z.string().optional().meta({ description: 'With `refresh_token`' }),
  assertion: z.string().optional().meta({ description: 'A JWT that the client signed, for a token (RFC 7523 §2.1)' }),
  subject_token: z.string().optional().meta({ description: 'An access token, to be exchanged (RFC 8693)' }),
  subject_token_type: z.enum(['urn:ietf:params:oauth:token-type:access_token']).optional(),
  requested_token_type: z.enum(['urn:ietf:params:oauth:token-type:access_token']).optional(),
  scope: z.string().optional().meta({ description: 'Scopes, separated by spaces' }),
  resource: z.string().optional().meta({ description: 'Resource server that the token is for (RFC 8707)' }),
  audience: z.string().optional().meta({ description: 'The same by another name' }),
  ...clientCredentials,
});
/** Parameters by which a client asks for a code. */
const authorizationParameters = z.object({
  response_type: z.enum(['code']),
  redirect_uri: z.string().meta({ description: 'As registered, exactly' }),
  code_challenge: z.string().meta({ description: 'SHA-256 of the verifier, in base64url' }),
  code_challenge_method: z.enum(['S256']),
  state: z.string().optional(),
  nonce: z.string().optional(),
  scope: z.string().optional().meta({ description: 'Scopes, separated by spaces' }),
  resource: z.string().optional().meta({ description: 'Resource server that the token is for (RFC 8707)' }),
  prompt: z.string().optional().meta({ description: '`none`, or `login`, `consent`, `select_account`' }),
  dpop_jkt: z.string().optional().meta({ description: 'Thumbprint of the key that must use the code (RFC 9449 §10)' }),
  max_age: z.string().optional().meta({ description: 'Seconds since the user signed in, at most' }),
  id_token_hint: z.string().optional().meta({ description: 'An ID token of the user that it must be, expired or not' }),
  login_hint: z.string().optional().meta({ description: 'The e-mail address that the user may sign in with' }),
  acr_values: z.string().optional().meta({ description: 'Wished for; the ID token says what it came to' }),
});
export const pushedAuthorizationRequest = z.object({ ...authorizationParameters.shape, ...clientCredentials });
/** What the browser brings: all of it, or what the client got for having pushed it. */
export const authorizationQuery = z.object({
  client_id: z.string(),
  request_uri: z
    .string()
    .optional()
    .meta({ description: 'In place of all others: as the pushed request was answered' }),
  ...authorizationParameters.partial().shape,
});
/** Parameters by which a client signs a user out. */
export const logoutQuery = z.object({
  id_token_hint: z.string().optional().meta({ description: 'An ID token of the session, expired or not' }),
  client_id: z.string().optional(),
  post_logout_redirect_uri: z.string().optional().meta({ description: 'As registered, exactly' }),
  state: z.string().optional(),
});
export const tokenParameterRequest = z.object({
  token: z.string(),
  token_type_hint: z.string().optional().meta({ description: 'Not needed: each kind is known by its look' }),
  ...clientCredentials,
});

export type SignUpRequest = z.output<typeof signUpRequest>;
export type SignInRequest = z.output<typeof signInRequest>;
export type SessionTokenRequest = z.output<typeof sessionTokenRequest>;
