import { describeRoute, resolver } from 'hono-openapi';
import type { z } from 'zod';
import { API_ERRORS, PROBLEM_MEDIA_TYPE, type ApiErrorCode } from '@latchkey/protocol';
import { problemResponse } from '@latchkey/protocol/schemas';

export interface RouteDocumentation {
  readonly tag: 'Account' | 'Session' | 'Keys' | 'Revocation' | 'Operations' | 'Development';
  readonly summary: string;
  readonly description?: string;
  readonly body?: z.ZodType;
  /** By status: the schema of the body, or null for none. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;
  readonly errors?: readonly ApiErrorCode[];
}

/** Errors that every route with a body may answer. */
const BODY_ERRORS: readonly ApiErrorCode[] = [
  'invalid_request',
  'malformed_json',
  'cross_site_request',
  'request_timeout',
  'body_too_large',
  'unsupported_media_type',
];

/** Puts a route into the OpenAPI document, from the schemas that it validates by. */
export function documented(route: RouteDocumentation) {
  const errors = [...(route.errors ?? []), ...(route.body === undefined ? [] : BODY_ERRORS)];
  return describeRoute({
    tags: [route.tag],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    ...(route.body !== undefined && { requestBody: describeBody(route.body) }),
    responses: { ...describeErrors(errors), ...describeAnswers(route.answers) },
  });
}

/** Where all members are optional, so is the body. */
function describeBody(body: z.ZodType) {
  return {
    required: !body.safeParse({}).success,
    content: { 'application/json': { schema: resolver(body) } },
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
  const byStatus = new Map<number, ApiErrorCode[]>();
  for (const code of codes) {
    const { status } = API_ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => [
      String(status),
      {
        description: sameStatus.map((code) => `\`${code}\`: ${API_ERRORS[code].title}`).join('. '),
        content: { [PROBLEM_MEDIA_TYPE]: { schema: resolver(problemResponse) } },
      },
    ]),
  );
}
