import { resolve } from 'node:path';

/** Path of the file behind `sqlite:PATH`, absolute; undefined for another engine's URL. */
export function sqlitePath(url: string): string | undefined {
  return url.startsWith('sqlite:') ? resolve(url.slice('sqlite:'.length)) : undefined;
}
