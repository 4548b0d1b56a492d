/**
 * The part of an OpenAPI 3.1 document that the reference shows. Structural and read-only, so that any generator's
 * document fits.
 */
export interface OpenApiDocument {
  readonly openapi?: string | undefined;
  readonly info: { readonly title: string; readonly version: string; readonly description?: string | undefined };
  readonly servers?: readonly { readonly url: string }[] | undefined;
  readonly tags?: readonly { readonly name: string; readonly description?: string | undefined }[] | undefined;
  readonly paths?: Readonly<Record<string, OpenApiPath | undefined>> | undefined;
  readonly components?:
    | {
        readonly schemas?: Readonly<Record<string, OpenApiSchema>> | undefined;
        readonly parameters?: Readonly<Record<string, OpenApiParameter | OpenApiReference>> | undefined;
        readonly requestBodies?: Readonly<Record<string, OpenApiRequestBody | OpenApiReference>> | undefined;
        readonly responses?: Readonly<Record<string, OpenApiResponse | OpenApiReference>> | undefined;
      }
    | undefined;
}

export interface OpenApiReference {
  readonly $ref: string;
}

export const HTTP_METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'trace'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

export type OpenApiPath = { readonly [Method in HttpMethod]?: OpenApiOperation | undefined } & {
  readonly parameters?: readonly (OpenApiParameter | OpenApiReference)[] | undefined;
};

export interface OpenApiOperation {
  readonly operationId?: string | undefined;
  readonly summary?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly deprecated?: boolean | undefined;
  readonly parameters?: readonly (OpenApiParameter | OpenApiReference)[] | undefined;
  readonly requestBody?: OpenApiRequestBody | OpenApiReference | undefined;
  readonly responses?: Readonly<Record<string, OpenApiResponse | OpenApiReference | undefined>> | undefined;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[] | undefined;
}

export interface OpenApiParameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string | undefined;
  readonly required?: boolean | undefined;
  readonly schema?: OpenApiSchema | undefined;
}

export type OpenApiContent = Readonly<Record<string, { readonly schema?: OpenApiSchema | undefined } | undefined>>;

export interface OpenApiRequestBody {
  readonly description?: string | undefined;
  readonly required?: boolean | undefined;
  readonly content?: OpenApiContent | undefined;
}

export interface OpenApiResponse {
  readonly description?: string | undefined;
  readonly content?: OpenApiContent | undefined;
}

/** A JSON Schema (draft 2020-12) as far as it is shown. */
export type OpenApiSchema = boolean | OpenApiSchemaObject;

export interface OpenApiSchemaObject {
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly description?: string | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, OpenApiSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: OpenApiSchema | undefined;
  readonly allOf?: readonly OpenApiSchema[] | undefined;
  readonly anyOf?: readonly OpenApiSchema[] | undefined;
  readonly oneOf?: readonly OpenApiSchema[] | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMinimum?: number | boolean | undefined;
  readonly exclusiveMaximum?: number | boolean | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
}

type ComponentKind = 'schemas' | 'parameters' | 'requestBodies' | 'responses';

function isReference(value: object): value is OpenApiReference {
  return '$ref' in value && typeof value.$ref === 'string';
}

/**
 * Follows references into the document's components. Undefined when one leads nowhere, elsewhere or in a circle.
 *
 * @param kind - The components section that the reference may point into.
 */
export function resolveReference<T extends object>(
  document: OpenApiDocument,
  kind: ComponentKind,
  value: T | OpenApiReference | undefined,
): T | undefined {
  const components = document.components?.[kind] as Readonly<Record<string, T | OpenApiReference>> | undefined;
  const prefix = `#/components/${kind}/`;
  const seen = new Set<string>();
  let current = value;
  while (current !== undefined && isReference(current)) {
    const pointer = current.$ref;
    if (!pointer.startsWith(prefix) || seen.has(pointer)) return undefined;
    seen.add(pointer);
    // A JSON pointer's token in a URI fragment (RFC 6901 §4 and §6).
    const name = pointer.slice(prefix.length).replaceAll('~1', '/').replaceAll('~0', '~');
    current = components !== undefined && Object.hasOwn(components, name) ? components[name] : undefined;
  }
  return current;
}
