import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../harness/answer-parent.ts';
import { createUsageMeter, type Usage } from '../harness/usage-meter.ts';

/** A server with a token endpoint. */
export interface RefreshSubject {
  readonly path: string;
  readonly clientId: string;
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
  /** Makes refresh tokens, of which no two come from the same authorization. */
  begin(count: number): Promise<string[]>;
}

/** What the process of a subject can be asked for. */
export interface RefreshOperations {
  open(): Promise<{ readonly port: number; readonly path: string; readonly clientId: string }>;
  begin(count: number): Promise<string[]>;
  /** What serving took since it was last asked. */
  usage(): Usage;
}

/** Makes this process that of a subject. */
export function serveRefreshSubject(open: () => Promise<RefreshSubject>): void {
  let subject: RefreshSubject;
  answerParent<RefreshOperations>({
    open: async () => {
      subject = await open();
      const { handler, path, clientId } = subject;
      // What it rejects with ends the process, and with it the measurement.
      const server = createServer((request, response) => void handler(request, response));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return { port: (server.address() as AddressInfo).port, path, clientId };
    },
    begin: async (count) => subject.begin(count),
    usage: createUsageMeter(),
  });
}
