import { fileURLToPath } from 'node:url';

/** The root of the workspace, an absolute path without a trailing separator. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
