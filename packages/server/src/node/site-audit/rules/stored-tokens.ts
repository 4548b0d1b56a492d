import { hasTellingName, type Credential } from '../credentials.ts';
import type { Finding } from '../finding.ts';
import type { FindingCode } from '../finding-texts.ts';
import { shortened } from '../shorten.ts';

const CODES: Readonly<Record<string, FindingCode>> = {
  localStorage: 'token_in_local_storage',
  sessionStorage: 'token_in_session_storage',
  IndexedDB: 'token_in_indexed_db',
};

/** Tokens where every script of the origin can read them, or listen to them. */
export function judgeStoredTokens(credentials: readonly Credential[]): Finding[] {
  return credentials.flatMap(({ token, where, isSent }): Finding[] => {
    const evidence = `${token.kind} ${shortened(token.text)}${isSent ? ', sent with requests' : ''}`;
    if (where.storage === 'page memory') return [{ code: 'token_in_page_memory', level: 'info', where, evidence }];
    const code = CODES[where.storage];
    if (code === undefined) return [];
    const isRefresh = /refresh/i.test(where.key);
    if (token.kind === 'opaque' && !isSent && !hasTellingName(where.key)) {
      return [{ code: 'possible_token_stored', level: 'low', where, evidence }];
    }
    return [{ code, level: isRefresh ? 'critical' : 'high', where, evidence }];
  });
}
