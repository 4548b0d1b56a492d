import type { SettingsInput } from './node/settings-table.ts';

export { readConfigFile } from './node/config-file.ts';
export { createLatchkey, type Latchkey } from './node/create-latchkey.ts';
export { readSettings, SettingsError, type SettingProblem, type Settings } from './node/settings.ts';
export type { SettingsInput } from './node/settings-table.ts';
export type { MailFacts, MailKind } from './domain/mail/messages.ts';
export type { MailContent, MailTemplate, MailTemplates } from './domain/mail/templates.ts';
export type { LiveSession } from './operations/refresh-session.ts';
export type { SessionCheck, SessionCheckRequest } from './http/check-session.ts';
export type { Session } from './domain/sessions/session.ts';
export type { User } from './domain/users/user.ts';

/** Types the default export of a `latchkey.config.ts`; the values are checked at the start. */
export function defineConfig(settings: SettingsInput): SettingsInput {
  return settings;
}
