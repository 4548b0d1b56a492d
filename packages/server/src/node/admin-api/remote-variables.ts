/** Variables that the commands read beside the settings. */
export const REMOTE_VARIABLES = ['LATCHKEY_SERVER', 'LATCHKEY_CLIENT_ID', 'LATCHKEY_CLIENT_SECRET'] as const;
