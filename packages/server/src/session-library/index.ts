export {
  createSessions,
  type BeginRequest,
  type BegunSession,
  type CheckRequest,
  type SessionCheck,
  type Sessions,
  type SlotSession,
} from './create-sessions.ts';
export type { SessionsOptions } from './session-options.ts';
export type { SessionChange, SessionStore, StoredSession } from './session-store.ts';
export { sqliteSessions } from './sqlite-sessions.ts';
export type { SessionId } from '../domain/ids.ts';
