import type { Kysely } from 'kysely';
import type { Engine } from '../store.ts';
import * as initial from './0001-initial.ts';
import * as clientsAndMarks from './0002-clients-and-marks.ts';
import * as authorization from './0003-authorization.ts';
import * as otherServers from './0004-other-servers.ts';
import * as management from './0005-management.ts';
import * as replacedSessions from './0006-replaced-sessions.ts';
import * as applicationRoles from './0007-application-roles.ts';

export interface StoreMigration {
  up(db: Kysely<unknown>, engine: Engine): Promise<void>;
}

/** Every migration by its name, in order. Names are never changed and entries never removed. */
export const MIGRATIONS: Readonly<Record<string, StoreMigration>> = {
  '0001-initial': initial,
  '0002-clients-and-marks': clientsAndMarks,
  '0003-authorization': authorization,
  '0004-other-servers': otherServers,
  '0005-management': management,
  '0006-replaced-sessions': replacedSessions,
  '0007-application-roles': applicationRoles,
};
