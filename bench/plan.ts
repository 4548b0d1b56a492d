import type { RevocationPlan } from './revocation.ts';
import type { RotationPlan } from './rotation.ts';
import type { SessionCheckPlan } from './session-check.ts';
import type { TokenEndpointPlan } from './token-endpoint.ts';
import type { TokenVerificationPlan } from './token-verification.ts';

/** How long and how often everything is measured. */
export interface Plan {
  readonly name: string;
  readonly sessionCheck: SessionCheckPlan;
  readonly tokenVerification: TokenVerificationPlan;
  readonly rotation: RotationPlan;
  readonly tokenEndpoint: TokenEndpointPlan;
  readonly revocation: RevocationPlan;
}

const FEED_READERS = { readers: 1000, eventsPerSecond: 5, connections: 16 };

/** Many short rounds: a machine that is disturbed for a second spoils one of them, and the median forgets it. */
export const FULL_PLAN: Plan = {
  name: 'full',
  sessionCheck: { rounds: 25, connections: 16, warmUpMs: 1500, rampMs: 100, windowMs: 400, loopMs: 100 },
  tokenVerification: [
    { algorithm: 'ES256', rounds: 25, tokensPerRound: 500, againMs: 50 },
    { algorithm: 'EdDSA', rounds: 9, tokensPerRound: 500, againMs: 60 },
    { algorithm: 'RS256', rounds: 9, tokensPerRound: 500, againMs: 60 },
  ],
  rotation: { rounds: 25, warmUpMs: 6000, rampMs: 100, windowMs: 400, connections: 16 },
  tokenEndpoint: { rounds: 15, warmUpMs: 4000, rampMs: 100, windowMs: 400, connections: 16 },
  revocation: {
    propagation: { revocations: 120, processes: 4, verifiersOfProcess: 25 },
    memory: {
      warmUps: 3,
      rounds: 3,
      steps: [
        { kind: 'session', events: 4500 },
        { kind: 'session', events: 100_000 },
        { kind: 'subject', events: 100_000 },
        { kind: 'branch', events: 100_000 },
        { kind: 'token', events: 100_000 },
      ],
    },
    feedReaders: { ...FEED_READERS, rounds: 12, warmUpMs: 1500, rampMs: 200, windowMs: 1000 },
  },
};

export const QUICK_PLAN: Plan = {
  name: 'quick: fewer and shorter rounds, ES256 only',
  sessionCheck: { rounds: 5, connections: 16, warmUpMs: 500, rampMs: 50, windowMs: 300, loopMs: 100 },
  tokenVerification: [{ algorithm: 'ES256', rounds: 5, tokensPerRound: 500, againMs: 60 }],
  rotation: { rounds: 5, warmUpMs: 2500, rampMs: 50, windowMs: 300, connections: 16 },
  tokenEndpoint: { rounds: 5, warmUpMs: 1500, rampMs: 50, windowMs: 300, connections: 16 },
  revocation: {
    propagation: { revocations: 20, processes: 4, verifiersOfProcess: 25 },
    memory: {
      warmUps: 3,
      rounds: 1,
      steps: [
        { kind: 'session', events: 4500 },
        { kind: 'session', events: 100_000 },
      ],
    },
    feedReaders: { ...FEED_READERS, rounds: 3, warmUpMs: 500, rampMs: 200, windowMs: 1000 },
  },
};
