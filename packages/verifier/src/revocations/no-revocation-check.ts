import { VerifierError } from '../errors.ts';
import type { RevocationCheck } from './revocation-check.ts';

/** For `revocation: 'none'`: a token is good until it expires. A route that asks for more gets no token at all. */
export const noRevocationCheck: RevocationCheck = {
  isClear: (_token, _wallMs, _monotonicMs, policy) => policy?.check === undefined,
  decide: ({ answer }, policy) =>
    policy?.check === undefined ? answer : Promise.reject(new VerifierError('revocation_unknown')),
  isKeyRevoked: () => false,
  isClientRevoked: () => false,
  onRevoked: () => {
    throw new TypeError("onRevoked: a verifier that was made with revocation: 'none' is told of nothing");
  },
  start: () => {},
  ready: () => Promise.resolve(),
  status: () => ({
    synchronised: false,
    stalenessMs: Number.POSITIVE_INFINITY,
    events: 0,
    refused: 0,
    transport: 'off',
    clockOffsetMs: undefined,
  }),
  close: () => Promise.resolve(),
};
