import type { RevocationPage, WireRevocation } from '@latchkey/protocol';
import { parseJson } from './parse-json.ts';
import type { Revocation } from './live-revocations.ts';

/** Longer keys are none of Latchkey's; it keeps what one event takes within bounds. */
const MAX_KEY_LENGTH = 1024;

/** The page that a JSON text is, or undefined if it is none. Members that are not known are left to newer readers. */
export function readPage(text: string): RevocationPage | undefined {
  const page = parseJson(text);
  if (!isRecord(page)) return undefined;
  const { epoch, head, cursor, seq, elapsed_ms, now, events } = page;
  const isPage =
    isFilledString(epoch) &&
    isPlace(head) &&
    isFilledString(cursor) &&
    isPlace(seq) &&
    seq <= head &&
    Number.isFinite(elapsed_ms) &&
    Number.isFinite(now) &&
    Array.isArray(events) &&
    events.every((event: unknown) => isRecord(event) && isPlace(event['seq']) && isRevocation(event));
  if (!isPage) return undefined;
  // All has been checked just now.
  return { epoch, head, cursor, seq, elapsed_ms, now, events } as unknown as RevocationPage;
}

/** Of any kind: unknown ones are ignored where they would be used. */
export function isRevocation(event: unknown): event is Revocation {
  if (!isRecord(event)) return false;
  const { kind, key, min_version: minVersion, drop_after: dropAfter } = event as Partial<WireRevocation>;
  return (
    isFilledString(kind) &&
    isFilledString(key) &&
    key.length <= MAX_KEY_LENGTH &&
    (minVersion === undefined || Number.isSafeInteger(minVersion)) &&
    // Without its version a bound would refuse nothing.
    (minVersion !== undefined || (kind !== 'subject' && kind !== 'client')) &&
    Number.isFinite(dropAfter)
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isFilledString(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}
