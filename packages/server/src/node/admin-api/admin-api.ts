import type { z } from 'zod';
import type { ProblemDocument } from '@latchkey/protocol';
import { problemResponse } from '@latchkey/protocol/schemas';
import { CommandError } from '../command-error.ts';

/** A request of the management API, and the schema of its answer. */
export interface AdminCall<Schema extends z.ZodType> {
  /** GET, unless said otherwise. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Parameters; what is undefined is left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly json?: object;
  readonly answer: Schema;
}

/** The management API, in this process or on another machine: the commands do not know which. */
export interface AdminApi {
  /** @throws {@link AdminApiError} for whatever the server refuses. */
  call<Schema extends z.ZodType>(call: AdminCall<Schema>): Promise<z.output<Schema>>;
}

/** What a command does needs the API; whoever makes it also puts it away afterwards. */
export type Administer = (work: (api: AdminApi) => Promise<void>) => Promise<void>;

/** The server has refused. Commands that know more turn it into words of their own. */
export class AdminApiError extends CommandError {
  readonly problem: Pick<ProblemDocument, 'status' | 'code' | 'title' | 'detail' | 'errors'>;

  constructor(problem: AdminApiError['problem']) {
    const { title, detail, errors = [] } = problem;
    const members = errors.map(({ pointer, detail: what }) => `${pointer.slice(1)}: ${what}`);
    super(
      [`The server says: ${title}.`, ...(detail === undefined ? [] : [detail]), ...members].join('\n'),
      advice(problem),
    );
    this.problem = problem;
  }

  /** Whether it is about this member of the request. */
  isAbout(member: string): boolean {
    return this.problem.errors?.some(({ pointer }) => pointer === `/${member}`) === true;
  }
}

function advice({ code, status }: AdminApiError['problem']): string {
  if (code === 'not_permitted') return 'Run it where the server is, or by the credentials of another client.';
  if (code === 'insufficient_scope') {
    return 'Give LATCHKEY_CLIENT_ID of a client with the scope admin: latchkey clients add NAME --grant client_credentials --scope admin';
  }
  if (status === 401)
    return 'The client was changed or disabled meanwhile: try again, or ask whoever manages the server.';
  if (status === 429) return 'Too much was tried from this network: wait for some minutes.';
  return status >= 500
    ? 'Try again in a moment; the log of the server says more.'
    : 'Correct what is named, and try again.';
}

/**
 * The API over anything that answers requests.
 *
 * @param origin - Of the server.
 */
export function createAdminApi(origin: string, send: (request: Request) => Promise<Response>): AdminApi {
  return {
    call: async ({ method = 'GET', path, query = {}, json, answer }) => {
      const url = new URL(path, origin);
      for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
      const response = await send(
        new Request(url, {
          method,
          redirect: 'error',
          ...(json !== undefined && {
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify(json),
          }),
        }),
      );
      const body = response.status === 204 ? undefined : parseBody(await response.text());
      const result = response.ok ? answer.safeParse(body) : undefined;
      if (result?.success === true) return result.data;
      throw new AdminApiError(readProblem(response.status, body));
    },
  };
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readProblem(status: number, body: unknown): AdminApiError['problem'] {
  const problem = problemResponse.safeParse(body);
  if (problem.success && problem.data.status === status) return problem.data as AdminApiError['problem'];
  return {
    status,
    code: 'internal_error',
    title: `an answer that is none of Latchkey's management API, or of another release (${status})`,
  };
}
