import type { z } from 'zod';
import { ApiError, invalidMembers } from './api-error.ts';
import type { AppContext } from './environment.ts';

/** Far more than any body that is meant for us. */
export const MAX_BODY_BYTES = 64 * 1024;
/** The answer is not to be larger than what was asked: a body has room for thousands of members that are wrong. */
export const MAX_NAMED_MEMBERS = 20;

/**
 * Reads a JSON body by its schema.
 *
 * @throws {@link ApiError} 415 for another content type, 400 `malformed_json`, 400 `invalid_request` naming
 * every member that is unknown, missing or wrong.
 */
export async function readJson<Schema extends z.ZodType>(c: AppContext, schema: Schema): Promise<z.output<Schema>> {
  requireMediaType(c, 'application/json');
  return validate(schema, parseJson(decode(await readBytes(c))));
}

/** As {@link readJson}, for a route whose members are all optional: no body at all counts as `{}`. */
export async function readOptionalJson<Schema extends z.ZodType>(
  c: AppContext,
  schema: Schema,
): Promise<z.output<Schema>> {
  if (c.req.header('Content-Type') !== undefined) return readJson(c, schema);
  const bytes = await readBytes(c);
  if (bytes.length > 0) requireMediaType(c, 'application/json');
  return validate(schema, {});
}

/** Fields of a form that a page sent; each at most once. Values are as typed, unchecked. */
export async function readForm(c: AppContext): Promise<ReadonlyMap<string, string>> {
  requireMediaType(c, 'application/x-www-form-urlencoded');
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(decode(await readBytes(c)))) {
    if (fields.has(name)) throw invalidMembers({ pointer: `/${name}`, detail: 'Given more than once' });
    fields.set(name, value);
  }
  return fields;
}

function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidMembers(...describeIssues(result.error));
}

/** The members that are wrong, each with what is wrong about it; some of them where there are many. */
export function describeIssues({ issues }: z.ZodError): readonly { pointer: string; detail: string }[] {
  return issues.flatMap(describeIssue).slice(0, MAX_NAMED_MEMBERS);
}

function describeIssue(issue: z.core.$ZodIssue): { pointer: string; detail: string }[] {
  const pointer = issue.path.map((step) => `/${escapePointer(String(step))}`).join('');
  if (issue.code !== 'unrecognized_keys') return [{ pointer, detail: issue.message }];
  return issue.keys.map((key) => ({
    pointer: `${pointer}/${escapePointer(key.slice(0, 64))}`,
    detail: 'Unknown member',
  }));
}

/** RFC 6901 §3. */
function escapePointer(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}

function requireMediaType(c: AppContext, expected: string): void {
  const mediaType = (c.req.header('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== expected) throw new ApiError('unsupported_media_type', { detail: `Send ${expected}` });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('malformed_json');
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ApiError('malformed_json', { detail: 'The body is not UTF-8' });
  }
}

/** Reads the body, but no more of it than is allowed: its length may not have been announced. */
export async function readBytes(c: AppContext): Promise<Uint8Array> {
  // A length that was announced has been looked at, and more than that nobody can send: all of it at once is read without
  // the streams of the web, which take longer than all else that is done with it.
  if (c.req.header('Content-Length') !== undefined) return readAtOnce(c);
  const reader = c.req.raw.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await readChunk(reader); chunk !== undefined; chunk = await readChunk(reader)) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new ApiError('body_too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readAtOnce(c: AppContext): Promise<Uint8Array> {
  const bytes = await c.req.raw.arrayBuffer().catch(() => {
    throw new ApiError('request_timeout');
  });
  if (bytes.byteLength > MAX_BODY_BYTES) throw new ApiError('body_too_large');
  return new Uint8Array(bytes);
}

/** A body that breaks off is the client's or the network's doing: whatever its error is, none of ours. */
async function readChunk(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<Uint8Array | undefined> {
  try {
    return (await reader?.read())?.value;
  } catch {
    throw new ApiError('request_timeout');
  }
}
