import { ADMIN_ROUTES } from '@latchkey/protocol';
import { adminUserListResponse, type AdminUserResponse } from '@latchkey/protocol/schemas';
import { parseEmailAddress } from '../../domain/email-addresses/parse.ts';
import type { AdminApi } from '../admin-api/admin-api.ts';
import { CommandError } from '../command-error.ts';

/**
 * The user with this address. The list is in the order of addresses: the whole one comes before all that begin with it.
 *
 * @throws {@link CommandError} where there is none.
 */
export async function requireUserOf(api: AdminApi, text: string): Promise<AdminUserResponse> {
  const key = parseEmailAddress(text)?.key;
  if (key === undefined) throw unknownUser(text);
  const query = { email: key, limit: '1' };
  const { users } = await api.call({ path: ADMIN_ROUTES.users, query, answer: adminUserListResponse });
  const user = users.find(({ email }) => parseEmailAddress(email)?.key === key);
  if (user === undefined) throw unknownUser(text);
  return user;
}

function unknownUser(email: string): CommandError {
  return new CommandError(`There is no account with the address ${email}.`, 'Run `latchkey users list` to see them.');
}
