import type { RotationPlan } from './rotation.ts';
import type { SessionCheckPlan } from './session-check.ts';
import type { TokenVerificationPlan } from './token-verification.ts';

/** How long and how often everything is measured. */
export interface Plan {
  readonly name: string;
  readonly sessionCheck: SessionCheckPlan;
  readonly tokenVerification: TokenVerificationPlan;
  readonly rotation: RotationPlan;
}

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
};

export const QUICK_PLAN: Plan = {
  name: 'quick: fewer and shorter rounds, ES256 only',
  sessionCheck: { rounds: 5, connections: 16, warmUpMs: 500, rampMs: 50, windowMs: 300, loopMs: 100 },
  tokenVerification: [{ algorithm: 'ES256', rounds: 5, tokensPerRound: 500, againMs: 60 }],
  rotation: { rounds: 5, warmUpMs: 2500, rampMs: 50, windowMs: 300, connections: 16 },
};
