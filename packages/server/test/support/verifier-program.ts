/**
 * A resource server for tests of faults: shows its verifier all tokens that it was given, again and again, under both
 * policies that promise something, and remembers when it last accepted each.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { createVerifier, VerifierError, type VerifierStatus } from '@latchkey/verifier';

/** What the process is told. */
export interface ProbeRequest {
  /** A token to show to the verifier from now on. */
  readonly watch?: string;
  /** How wrong its clock is from now on. */
  readonly clockOffsetMs?: number;
}

/** What became of a token. */
export interface ProbedToken {
  /**
   * When the last verification began that accepted it, under either policy: nanoseconds of `process.hrtime`, which is one
   * clock for all processes of the machine.
   */
  readonly acceptedAtNs: string;
  /** The newest outcome under each policy: `accepted`, or the error's code. */
  readonly introspect: string;
  readonly closed: string;
}

export interface ProbeReport {
  readonly tokens: Readonly<Record<string, ProbedToken>>;
  readonly status: Pick<VerifierStatus, 'transport' | 'synchronised'> & { readonly stalenessMs: number | null };
}

const PAUSE_MS = 25;
const POLICIES = ['introspect', 'closed'] as const;

const setting = (name: string): string => process.env[name] ?? '';
let clockOffsetMs = 0;
const verifier = createVerifier({
  issuer: setting('ISSUER'),
  audience: setting('AUDIENCE'),
  client: { id: setting('CLIENT_ID'), secret: setting('CLIENT_SECRET') },
  maxStalenessSeconds: Number(setting('MAX_STALENESS_SECONDS')),
  now: () => Date.now() + clockOffsetMs,
});
void verifier.ready({ timeoutSeconds: 60 }).catch(() => {});

const probes = new Map<string, () => ProbedToken>();

function watch(token: string): void {
  let acceptedAtNs = 0n;
  const last = { introspect: '', closed: '' };
  const probe = async (whenStale: (typeof POLICIES)[number]): Promise<void> => {
    for (;;) {
      const beganAtNs = process.hrtime.bigint();
      try {
        await verifier.verify(token, { whenStale });
        if (beganAtNs > acceptedAtNs) acceptedAtNs = beganAtNs;
        last[whenStale] = 'accepted';
      } catch (error) {
        last[whenStale] = error instanceof VerifierError ? error.code : String(error);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  probes.set(token, () => ({ acceptedAtNs: String(acceptedAtNs), ...last }));
  for (const policy of POLICIES) void probe(policy);
}

async function answer(incoming: IncomingMessage): Promise<ProbeReport> {
  const { watch: token, clockOffsetMs: offset } = (await json(incoming)) as ProbeRequest;
  if (token !== undefined && !probes.has(token)) watch(token);
  clockOffsetMs = offset ?? clockOffsetMs;
  const tokens = Object.fromEntries([...probes].map(([each, report]) => [each, report()]));
  return { tokens, status: verifier.status() };
}

createServer((incoming, outgoing) => {
  void answer(incoming).then(
    (report) => outgoing.end(JSON.stringify(report)),
    () => outgoing.writeHead(400).end(),
  );
}).listen(Number(setting('PORT')), '127.0.0.1');
