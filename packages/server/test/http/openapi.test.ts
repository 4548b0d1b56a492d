import type { z } from 'zod';
import { ADMIN_ROUTES, API_ERRORS, OAUTH_ERRORS, ROUTES } from '@latchkey/protocol';
import * as schemas from '@latchkey/protocol/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}
type Content = Readonly<Record<string, { readonly schema?: Schema }>>;
interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: Content }>>;
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

let server: TestServer;
let headers: Headers;
let document: Document;
beforeAll(async () => {
  server = await startTestServer({ settings: { LATCHKEY_MAGIC_LINKS: 'on' } });
  const response = await server.request(ROUTES.openapi);
  headers = response.headers;
  document = (await response.json()) as Document;
});
afterAll(() => server.close());

const operation = (method: string, path: string) => document.paths[path]![method]!;
const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, each]) => ({ path, method, ...each })),
  );

test('is OpenAPI 3.1 for this server', () => {
  expect(headers.get('Content-Type')).toBe('application/json');
  expect(headers.get('Cache-Control')).toBe('public, max-age=300');
  expect(document.openapi).toMatch(/^3\.1\.\d$/);
  expect(document.info).toMatchObject({ title: 'Latchkey' });
  expect(document.info.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(document.servers).toEqual([{ url: server.issuer }]);
});

test('has every route that programs use', () => {
  // The document itself and its page for people are not part of what they describe.
  const { openapi: _document, docs: _page, devMail: _outbox, ...expected } = ROUTES;
  const paths: string[] = [
    ...Object.values(expected),
    `${ROUTES.sessions}/{id}`,
    `${ROUTES.authorizations}/{client_id}`,
    ...Object.values(ADMIN_ROUTES),
    ...['', '/ban', '/unban', '/role', '/roles/{role}', '/end-sessions', '/password-reset'].map(
      (change) => `${ADMIN_ROUTES.users}/{id}${change}`,
    ),
    `${ADMIN_ROUTES.sessions}/{id}`,
    ...['', '/disable', '/enable', '/secret', '/keys'].map((change) => `${ADMIN_ROUTES.clients}/{id}${change}`),
    `${ADMIN_ROUTES.keys}/{kid}/revoke`,
  ];
  expect(Object.keys(document.paths).toSorted()).toEqual(paths.toSorted());
});

test('every operation is complete: id, tag, summary, an answer, its path parameters', () => {
  const all = operations();
  expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
  for (const { path, tags, summary, responses, parameters = [] } of all) {
    expect(tags, path).toHaveLength(1);
    expect(summary, path).toMatch(/\S/);
    expect(
      Object.keys(responses).some((status) => status.startsWith('2')),
      path,
    ).toBe(true);
    for (const { description } of Object.values(responses)) expect(description, path).toMatch(/\S/);
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(parameters.filter((each) => each.in === 'path').map((each) => each.name)).toEqual(inPath);
    expect(parameters.every((each) => each.in !== 'path' || each.required === true)).toBe(true);
  }
});

test('nothing in it is left unresolved', () => {
  expect(JSON.stringify(document)).not.toMatch(/"~standard"|"vendor"|"toJSONSchema"/);
  for (const { path, requestBody, responses } of operations()) {
    const contents = [requestBody?.content ?? {}, ...Object.values(responses).map(({ content = {} }) => content)];
    for (const { schema } of contents.flatMap((content) => Object.values(content))) {
      expect(schema?.type, path).toBe('object');
      expect(Object.keys(schema?.properties ?? {}), path).not.toEqual([]);
    }
  }
});

describe('bodies have the members of the schemas that requests are checked by', () => {
  const bodies: [path: string, schema: z.ZodObject][] = [
    [ROUTES.signUp, schemas.signUpRequest],
    [ROUTES.emailVerification, schemas.emailVerificationRequest],
    [ROUTES.confirmEmail, schemas.confirmEmailRequest],
    [ROUTES.passwordReset, schemas.passwordResetRequest],
    [ROUTES.confirmPasswordReset, schemas.confirmPasswordResetRequest],
    [ROUTES.password, schemas.passwordChangeRequest],
    [ROUTES.email, schemas.emailChangeRequest],
    [ROUTES.confirmEmailChange, schemas.confirmEmailChangeRequest],
    [ROUTES.undoEmailChange, schemas.undoEmailChangeRequest],
    [ROUTES.signIn, schemas.signInRequest],
    [ROUTES.magicLink, schemas.magicLinkRequest],
    [ROUTES.confirmMagicLink, schemas.confirmMagicLinkRequest],
    [ROUTES.sessionToken, schemas.sessionTokenRequest],
    [ADMIN_ROUTES.users, schemas.adminUserRequest],
    [ADMIN_ROUTES.rotateKeys, schemas.adminKeyRotationRequest],
    [ADMIN_ROUTES.clients, schemas.adminClientRequest],
  ];
  test.each(bodies)('%s', (path, schema) => {
    const { content } = operation('post', path).requestBody!;
    expect(Object.keys(content)).toEqual(['application/json']);
    const body = content['application/json']!.schema!;
    expect(Object.keys(body.properties!)).toEqual(Object.keys(schema.shape));
    const required = Object.entries(schema.shape).flatMap(([name, member]) =>
      (member as z.ZodType).safeParse(undefined).success ? [] : [name],
    );
    expect(body.required ?? []).toEqual(required);
    expect(body.additionalProperties).toBe(false);
  });

  test('a body is required exactly where a request without one is refused', async () => {
    const browser = await server.signedIn('ada@example.com');
    for (const { path, method, requestBody } of operations()) {
      // Those of the management API are refused for the token first.
      if (requestBody === undefined || path.startsWith('/admin/api/')) continue;
      const { status } = await browser.request(path, { method: method.toUpperCase() });
      expect([path, requestBody.required ?? false]).toEqual([path, status >= 400]);
    }
  });
});

describe('answers', () => {
  const answers: [method: string, path: string, status: number, schema: z.ZodObject][] = [
    ['post', ROUTES.signUp, 202, schemas.acceptedResponse],
    ['post', ROUTES.confirmEmail, 200, schemas.addressConfirmedResponse],
    ['post', ROUTES.signIn, 200, schemas.signedInResponse],
    ['post', ROUTES.magicLink, 202, schemas.acceptedResponse],
    ['post', ROUTES.confirmMagicLink, 200, schemas.signedInResponse],
    ['get', ROUTES.session, 200, schemas.signedInResponse],
    ['get', ROUTES.sessions, 200, schemas.sessionListResponse],
    ['get', ROUTES.authorizations, 200, schemas.authorizationListResponse],
    ['post', ROUTES.par, 201, schemas.pushedAuthorizationResponse],
    ['post', ROUTES.sessionToken, 200, schemas.accessTokenResponse],
    ['post', ROUTES.revokeAll, 200, schemas.endedSessionsResponse],
    ['get', ADMIN_ROUTES.users, 200, schemas.adminUserListResponse],
    ['post', ADMIN_ROUTES.users, 201, schemas.adminUserResponse],
    ['get', ADMIN_ROUTES.sessions, 200, schemas.adminSessionListResponse],
    ['get', ADMIN_ROUTES.clients, 200, schemas.adminClientListResponse],
    ['post', ADMIN_ROUTES.clients, 201, schemas.adminAddedClientResponse],
    ['get', ADMIN_ROUTES.keys, 200, schemas.adminKeyListResponse],
    ['get', ADMIN_ROUTES.audit, 200, schemas.adminAuditListResponse],
  ];
  test.each(answers)('%s %s has the members of its schema', (method, path, status, schema) => {
    const body = operation(method, path).responses[status]!.content!['application/json']!.schema!;
    expect(Object.keys(body.properties!)).toEqual(Object.keys(schema.shape));
  });

  test('errors are problem documents, and name codes that exist with the status that they have', () => {
    for (const { path, responses } of operations()) {
      for (const [status, { description = '', content }] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        const [mediaType, ...others] = Object.keys(content!);
        expect(others, path).toEqual([]);
        const known: Readonly<Record<string, { readonly status: number }>> =
          mediaType === 'application/problem+json' ? API_ERRORS : OAUTH_ERRORS;
        const codes = [...description.matchAll(/`(\w+)`/g)].map((match) => match[1]!);
        expect(codes.length, path).toBeGreaterThan(0);
        for (const code of codes) expect(known[code]?.status).toBe(Number(status));
        // RFC 6749 §5.2, and RFC 9457 §3 for all that is no client of OAuth.
        const isOAuth = known === OAUTH_ERRORS;
        expect(content![mediaType!]!.schema!.required, path).toEqual(
          isOAuth ? ['error'] : ['type', 'title', 'status', 'code'],
        );
      }
    }
  });

  test('what the server really sends fits the schemas', async () => {
    const browser = await server.signedIn('real@example.com');
    const json = async (path: string, options = {}): Promise<unknown> => (await browser.request(path, options)).json();
    const fits = (schema: z.ZodObject, value: unknown) =>
      expect(schema.strict().safeParse(value).error).toBeUndefined();
    fits(schemas.signedInResponse, await json(ROUTES.session));
    fits(schemas.sessionListResponse, await json(ROUTES.sessions));
    fits(schemas.authorizationListResponse, await json(ROUTES.authorizations));
    fits(schemas.accessTokenResponse, await json(ROUTES.sessionToken, { json: { scope: 'openid' } }));
    fits(schemas.problemResponse, await json(ROUTES.signUp, { json: {} }));
    fits(schemas.problemResponse, await json('/api/nothing'));
    fits(schemas.endedSessionsResponse, await json(ROUTES.revokeAll, { method: 'POST' }));
  });
});

test('the page for people lists every path', async () => {
  const response = await server.request(ROUTES.docs);
  expect(response.headers.get('Content-Type')).toMatch(/^text\/html/);
  const page = await response.text();
  for (const path of Object.keys(document.paths)) expect(page).toContain(path);
});
