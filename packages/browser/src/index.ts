export { createClient, type LatchkeyClient, type SignInInput, type SignInOptions } from './create-client.ts';
export { LatchkeyError } from './errors.ts';
export type { Api, ClientOptions, ProofMaker } from './options.ts';
export type { StateListener } from './session-state.ts';
export type { Account, Session, SignInState, User } from './sign-in-state.ts';
