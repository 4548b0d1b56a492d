import { ROUTES } from '@latchkey/protocol';
import { layout } from './layout.ts';
import { attributes, html, joined, type Content, type Markup } from './markup.ts';
import {
  HTTP_METHODS,
  resolveReference,
  type HttpMethod,
  type OpenApiContent,
  type OpenApiDocument,
  type OpenApiOperation,
  type OpenApiParameter,
  type OpenApiReference,
  type OpenApiRequestBody,
  type OpenApiResponse,
} from './openapi-document.ts';
import { schemaMembers, type SchemaMember } from './schema-members.ts';

export interface ApiReferenceModel {
  /** An OpenAPI 3.1 document. */
  readonly document: OpenApiDocument;
}

interface Endpoint {
  readonly method: HttpMethod;
  readonly path: string;
  readonly operation: OpenApiOperation;
  readonly parameters: readonly (OpenApiParameter | OpenApiReference)[];
  /** Fragment of the page: made of the method and the path, so that links to it stay good. */
  readonly anchor: string;
}

interface Group {
  readonly name: string;
  readonly description: string | undefined;
  readonly anchor: string;
  readonly endpoints: readonly Endpoint[];
}

const OTHER = 'Other';

/** Text as part of an id: without what a fragment would have to escape. */
function fragment(text: string): string {
  return text
    .replace(/^\//, '')
    .replaceAll('/', '.')
    .replaceAll(/[^\w.-]/g, '_');
}

function endpointsOf(document: OpenApiDocument): Endpoint[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    HTTP_METHODS.flatMap((method) => {
      const operation = item?.[method];
      if (operation === undefined) return [];
      const parameters = [...(item?.parameters ?? []), ...(operation.parameters ?? [])];
      return [{ method, path, operation, parameters, anchor: `${method}-${fragment(path)}` }];
    }),
  );
}

/** Groups by the first tag: first the tags that the document declares, in its order, then the others. */
function groupsOf(document: OpenApiDocument): Group[] {
  const byTag = Map.groupBy(endpointsOf(document), ({ operation }) => operation.tags?.[0] ?? OTHER);
  const declared = (document.tags ?? []).map((tag) => tag.name);
  const names = new Set([...declared.filter((name) => byTag.has(name)), ...byTag.keys()]);
  return [...names].map((name, index) => ({
    name,
    description: document.tags?.find((tag) => tag.name === name)?.description,
    anchor: `group-${index}-${fragment(name)}`,
    endpoints: byTag.get(name) ?? [],
  }));
}

/** Text of the document, with the parts between backticks as code. */
function prose(text: string | undefined): Content {
  return text?.split('`').map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`));
}

/** Who fills the members in: a request says which ones it needs, an answer which ones may be absent. */
type Direction = 'request' | 'response';

function presence(member: SchemaMember, direction: Direction): Content {
  if (!member.required) return html` <span class="optional">optional</span>`;
  return direction === 'request' && html` <span class="badge badge-accent">required</span>`;
}

function memberList(members: readonly SchemaMember[], direction: Direction): Content {
  return html`<dl class="members">${members.map(
    (
      member,
    ) => html`<div><dt><code>${member.path === '' ? 'body' : member.path}</code> <span class="type">${member.type}</span>${presence(
      member,
      direction,
    )}</dt>
<dd>${joined([prose(member.description), ...member.constraints].filter(Boolean), html` <span aria-hidden="true">·</span> `)}</dd></div>`,
  )}</dl>`;
}

function bodyMembers(document: OpenApiDocument, content: OpenApiContent | undefined, direction: Direction): Markup[] {
  return Object.entries(content ?? {}).map(([mediaType, body]) => {
    const members = body?.schema === undefined ? [] : schemaMembers(document, body.schema);
    return html`<p class="media-type">${mediaType}</p>${members.length > 0 && memberList(members, direction)}`;
  });
}

function parameterList(document: OpenApiDocument, endpoint: Endpoint): Content {
  const members = endpoint.parameters.flatMap((reference): SchemaMember[] => {
    const parameter = resolveReference<OpenApiParameter>(document, 'parameters', reference);
    if (parameter === undefined) return [];
    const [first] = schemaMembers(document, parameter.schema ?? {});
    return [
      {
        path: parameter.name,
        type: `${first?.type === undefined || first.type === 'any' ? '' : `${first.type} `}in ${parameter.in}`,
        required: parameter.required === true,
        description: parameter.description ?? first?.description,
        constraints: first?.constraints ?? [],
      },
    ];
  });
  return members.length > 0 && html`<h4>Parameters</h4>${memberList(members, 'request')}`;
}

function requestBody(document: OpenApiDocument, endpoint: Endpoint): Content {
  const body = resolveReference<OpenApiRequestBody>(document, 'requestBodies', endpoint.operation.requestBody);
  if (body === undefined) return null;
  return html`<h4>Request body</h4>${body.description && html`<p>${prose(body.description)}</p>`}${bodyMembers(document, body.content, 'request')}`;
}

function responseRow(
  document: OpenApiDocument,
  status: string,
  reference: OpenApiResponse | OpenApiReference,
): Content {
  const response = resolveReference<OpenApiResponse>(document, 'responses', reference);
  const good = /^[23]/.test(status);
  const heading = html`<span class="status${good && ' status-good'}">${status}</span> <span>${prose(response?.description)}</span>`;
  const content = bodyMembers(document, response?.content, 'response');
  if (content.length === 0) return html`<div class="response">${heading}</div>`;
  return html`<details class="response"${attributes({ open: good })}><summary>${heading}</summary>${content}</details>`;
}

function responses(document: OpenApiDocument, operation: OpenApiOperation): Content {
  const entries = Object.entries(operation.responses ?? {});
  if (entries.length === 0) return null;
  return html`<h4>Responses</h4>${entries.map(
    ([status, response]) => response !== undefined && responseRow(document, status, response),
  )}`;
}

function methodBadge(name: HttpMethod): Markup {
  return html`<span class="method method-${name}">${name.toUpperCase()}</span>`;
}

function security(operation: OpenApiOperation): Content {
  const names = new Set((operation.security ?? []).flatMap((requirement) => Object.keys(requirement)));
  return (
    names.size > 0 &&
    html`<p class="hint">Needs ${joined(
      [...names].map((name) => html`<code>${name}</code>`),
      ' or ',
    )}</p>`
  );
}

function endpointCard(document: OpenApiDocument, endpoint: Endpoint): Markup {
  const { operation } = endpoint;
  return html`<article class="card endpoint" id="${endpoint.anchor}" aria-labelledby="${endpoint.anchor}-title">
<h3 id="${endpoint.anchor}-title"><a class="route" href="#${endpoint.anchor}">${methodBadge(endpoint.method)} <code class="wrap-anywhere">${endpoint.path}</code></a>${
    operation.deprecated && html` <span class="badge">deprecated</span>`
  }</h3>
${operation.summary && html`<p class="summary">${prose(operation.summary)}</p>`}
${operation.description && html`<p>${prose(operation.description)}</p>`}
${security(operation)}
${parameterList(document, endpoint)}
${requestBody(document, endpoint)}
${responses(document, operation)}
</article>`;
}

function indexOf(groups: readonly Group[]): Markup {
  return html`<nav class="index" aria-label="Endpoints"><ul>${groups.map(
    (group) => html`<li><a class="index-group" href="#${group.anchor}">${group.name}</a>
<ul>${group.endpoints.map(
      (endpoint) =>
        html`<li><a href="#${endpoint.anchor}">${methodBadge(endpoint.method)}<code>${endpoint.path}</code></a></li>`,
    )}</ul></li>`,
  )}</ul></nav>`;
}

/** The OpenAPI document as a page for people, made on the server. */
export function apiReferencePage({ document }: ApiReferenceModel): string {
  const groups = groupsOf(document);
  const { info } = document;
  const content = html`<div class="reference-head">
<h1>API reference</h1>
<p class="hint">${info.title} ${info.version}${document.servers?.map((server) => html` at <code class="wrap-anywhere" data-copy>${server.url}</code>`)}</p>
${info.description && html`<p class="lead">${prose(info.description)}</p>`}
<p>For programs: <a href="${ROUTES.openapi}">openapi.json</a></p>
</div>
<div class="reference">
${indexOf(groups)}
<div class="reference-body">${groups.map(
    (group) => html`<section id="${group.anchor}" aria-labelledby="${group.anchor}-title">
<h2 id="${group.anchor}-title">${group.name}</h2>
${group.description && html`<p>${prose(group.description)}</p>`}
${group.endpoints.map((endpoint) => endpointCard(document, endpoint))}
</section>`,
  )}</div>
</div>`;
  return layout({ title: 'API reference', width: 'full', content });
}
