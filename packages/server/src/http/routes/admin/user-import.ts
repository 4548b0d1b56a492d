import { ADMIN_ROUTES } from '@latchkey/protocol';
import { adminUserImportRequest, adminUserImportResponse, type AdminImportedUser } from '@latchkey/protocol/schemas';
import type { Instant } from '../../../domain/instant.ts';
import { readImportedUser, type ImportedUser, type ImportObjection } from '../../../domain/users/imported-user.ts';
import { importUsers, previewImport } from '../../../operations/import-users.ts';
import { invalidMembers } from '../../api-error.ts';
import type { App, HttpDependencies } from '../../environment.ts';
import { MAX_NAMED_MEMBERS, readJson } from '../../request-body.ts';
import { mountAdminRoutes } from './admin-route.ts';

/** People from another product, with the hashes of their passwords. */
export function mountAdminUserImport(app: App, dependencies: HttpDependencies): void {
  mountAdminRoutes(app, dependencies, [
    {
      noun: 'users',
      access: 'write',
      method: 'post',
      path: ADMIN_ROUTES.importUsers,
      documentation: {
        summary: 'Import users',
        description:
          'From another product, up to 100 at a time, all or none. They go on signing in with the passwords that they have; ' +
          'each is hashed anew at the first sign-in. Who has an account already is left as it is. Nobody becomes an ' +
          'administrator. What is wrong is named by its place, such as `/users/3/password_hash`.',
        body: adminUserImportRequest,
        answers: { 200: { description: 'What became of each', schema: adminUserImportResponse } },
      },
      handle: async (c, { actor }, operations) => {
        const { users: given, dry_run: dryRun = false } = await readJson(c, adminUserImportRequest);
        const users = readUsers(given, operations.clock());
        const results = dryRun ? await previewImport(operations, users) : await importUsers(operations, users, actor);
        return c.json({ results });
      },
    },
  ]);
}

function readUsers(given: readonly AdminImportedUser[], now: Instant): readonly ImportedUser[] {
  const read = given.map((user) => readImportedUser(user, now));
  const wrong = read.flatMap((result, index) =>
    result.kind === 'good'
      ? []
      : result.problems.map(({ pointer, objection }) => ({
          pointer: `/users/${index}${pointer}`,
          detail: DETAILS[objection],
        })),
  );
  if (wrong.length > 0) throw invalidMembers(...wrong.slice(0, MAX_NAMED_MEMBERS));
  return read.flatMap((result) => (result.kind === 'good' ? [result.user] : []));
}

const DETAILS: Readonly<Record<ImportObjection, string>> = {
  invalid_email: 'Not an e-mail address',
  in_the_future: 'In the future',
  role_not_allowed: 'Not a role of applications',
  too_many_roles: 'More than 20 roles',
  unconfirmed_without_password: 'Neither confirmed nor with a password: let this person sign up',
  needs_account: 'There is no account until the address is confirmed',
  hash_unknown_scheme:
    'Not a hash that is known here: bcrypt, argon2id, argon2i, scrypt in PHC format, or Better Auth’s',
  hash_malformed: 'Not as this kind of hash is written',
  hash_cost_out_of_bounds: 'Costs more to compare than a server can bear, or less than makes sense',
};
