import { describeRoute, resolver } from 'hono-openapi';
import type { z } from 'zod';
import {
  API_ERRORS,
  OAUTH_ERRORS,
  PROBLEM_MEDIA_TYPE,
  type ApiErrorCode,
  type OAuthErrorCode,
} from '@latchkey/protocol';
import { oauthErrorResponse, problemResponse } from '@latchkey/protocol/schemas';

export interface RouteDocumentation {
  readonly tag:
    | 'Account'
    | 'Session'
    | 'Keys'
    | 'OAuth'
    | 'Revocation'
    | 'Administration'
    | 'Operations'
    | 'Development';
  readonly summary: string;
  readonly description?: string;
  readonly body?: z.ZodType;
  /** The body of a client's request: a form, instead of JSON. */
  readonly form?: z.ZodType;
  /** Parameters in the query, all of them text. */
  readonly query?: z.ZodObject;
  /** The least scope that an access token needs, where the route takes one (RFC 6750). */
  readonly scope?: string;
  /** By status: the schema of the body, or null for none. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;
  readonly errors?: readonly ApiErrorCode[];
  /** Errors as OAuth has them (RFC 6749 §5.2). */
  readonly oauthErrors?: readonly OAuthErrorCode[];
}

/** Name of the security scheme in the OpenAPI document. */
export const BEARER_SCHEME = 'access_token';

/** Errors that every route with a body may answer. */
const BODY_ERRORS: readonly ApiErrorCode[] = [
  'invalid_request',
  'malformed_json',
  'cross_site_request',
  'request_timeout',
  'body_too_large',
  'unsupported_media_type',
];

/** Errors that every route with a form for clients may answer, besides those of OAuth. */
const FORM_ERRORS: readonly ApiErrorCode[] = ['request_timeout', 'body_too_large'];

/** Puts a route into the OpenAPI document, from the schemas that it validates by. */
export function documented(route: RouteDocumentation) {
  const errors = [
    ...(route.errors ?? []),
    ...(route.body === undefined ? [] : BODY_ERRORS),
    ...(route.form === undefined ? [] : FORM_ERRORS),
  ];
  return describeRoute({
    tags: [route.tag],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    ...(route.scope !== undefined && { security: [{ [BEARER_SCHEME]: [route.scope] }] }),
    ...(route.query !== undefined && { parameters: describeQuery(route.query) }),
    ...(route.body !== undefined && { requestBody: describeBody(route.body, 'application/json') }),
    ...(route.form !== undefined && { requestBody: describeBody(route.form, 'application/x-www-form-urlencoded') }),
    responses: {
      ...describeErrors(errors),
      ...describeOAuthErrors(route.oauthErrors ?? []),
      ...describeAnswers(route.answers),
    },
  });
}

function describeQuery({ shape }: z.ZodObject) {
  return Object.entries(shape).map(([name, member]) => {
    const description = (member as z.ZodType).meta()?.description;
    const required = !(member as z.ZodType).safeParse(undefined).success;
    return {
      in: 'query' as const,
      name,
      required,
      schema: { type: 'string' as const },
      ...(description !== undefined && { description }),
    };
  });
}

/** Where all members are optional, so is the body. */
function describeBody(body: z.ZodType, mediaType: 'application/json' | 'application/x-www-form-urlencoded') {
  return {
    required: !body.safeParse({}).success,
    content: { [mediaType]: { schema: resolver(body) } },
  };
}

function describeAnswers(answers: RouteDocumentation['answers']) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema }]) => [
      status,
      { description, ...(schema !== undefined && { content: { 'application/json': { schema: resolver(schema) } } }) },
    ]),
  );
}

function describeErrors(codes: readonly ApiErrorCode[]) {
  const content = { [PROBLEM_MEDIA_TYPE]: { schema: resolver(problemResponse) } };
  return describeByStatus(
    codes,
    (code) => API_ERRORS[code].status,
    content,
    (code) => `: ${API_ERRORS[code].title}`,
  );
}

function describeOAuthErrors(codes: readonly OAuthErrorCode[]) {
  const content = { 'application/json': { schema: resolver(oauthErrorResponse) } };
  return describeByStatus(
    codes,
    (code) => OAUTH_ERRORS[code].status,
    content,
    () => '',
  );
}

function describeByStatus<Code extends string, Content>(
  codes: readonly Code[],
  statusOf: (code: Code) => number,
  content: Content,
  meaningOf: (code: Code) => string,
) {
  const byStatus = Map.groupBy(codes, statusOf);
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => [
      String(status),
      { description: sameStatus.map((code) => `\`${code}\`${meaningOf(code)}`).join('. '), content },
    ]),
  );
}
