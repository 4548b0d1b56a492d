import type { Client } from '../domain/clients/client.ts';
import type { ClientId } from '../domain/ids.ts';
import { MINUTE_MS, SECOND_MS, toSeconds, type Instant } from '../domain/instant.ts';
import { findClient } from '../storage/clients.ts';
import {
  claimDueLogoutNotice,
  deleteLogoutNotice,
  isLogoutNoticeDue,
  type LogoutNotice,
} from '../storage/logout-notices.ts';
import { audit, type OperationContext } from './context.ts';
import { newTokenId } from './sign-access-token.ts';

/** After this many attempts, over about an hour, a notice is given up. */
const MAX_ATTEMPTS = 10;
/** Longer than a request may take: it also bounds when another node tries. */
const FIRST_RETRY_MS = 15 * SECOND_MS;
const LONGEST_RETRY_MS = 15 * MINUTE_MS;

/** Requests at a time on this node: of all clients, and of one, so that a slow one does not hold up the others. */
const MAX_SENDING = 64;
const MAX_SENDING_TO_CLIENT = 4;

/** Back-Channel Logout §4: two minutes at most are recommended. */
const TOKEN_LIFE_SECONDS = 120;
/** Back-Channel Logout §2.4. */
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

export type NotifyOutcome =
  | { readonly kind: 'told' | 'not_wanted' }
  | { readonly kind: 'failed' | 'given_up'; readonly reason: string };

/** What is told to whoever keeps a log. */
export type NotifyListener = (notice: LogoutNotice, outcome: NotifyOutcome) => void;

/** Tells clients of sign-outs (OpenID Connect Back-Channel Logout §2.5). */
export class LogoutNotifier {
  readonly #context: OperationContext;
  readonly #onOutcome: NotifyListener;
  readonly #onFree: (error?: unknown) => void;
  readonly #sending = new Set<Promise<void>>();
  readonly #sendingTo = new Map<ClientId, number>();

  /** @param onFree - There is room to send more; with an error where a notice stays as it was claimed. */
  constructor(context: OperationContext, onOutcome: NotifyListener, onFree: (error?: unknown) => void) {
    this.#context = context;
    this.#onOutcome = onOutcome;
    this.#onFree = onFree;
  }

  /** Begins to send what is due, as far as there is room. Resolves before the answers are there. */
  async sendDue(isStopping: () => boolean): Promise<void> {
    const { store, clock } = this.#context;
    if (!(await isLogoutNoticeDue(store.queries, clock()))) return;
    while (this.#sending.size < MAX_SENDING && !isStopping()) {
      const busy = [...this.#sendingTo].filter(([, count]) => count >= MAX_SENDING_TO_CLIENT).map(([id]) => id);
      const claimed = await store.transaction((tx) =>
        claimDueLogoutNotice(tx, clock(), busy, (attempts) => retryAt(clock(), attempts)),
      );
      if (claimed === undefined) return;
      this.#begin(claimed);
    }
  }

  /** Resolves once all that was begun has ended: each within the time that a request may take. */
  async settled(): Promise<void> {
    await Promise.all(this.#sending);
  }

  #begin(notice: LogoutNotice): void {
    const { clientId } = notice;
    this.#sendingTo.set(clientId, (this.#sendingTo.get(clientId) ?? 0) + 1);
    const sending = sendNotice(this.#context, notice)
      .then(
        (outcome) => {
          this.#onOutcome(notice, outcome);
          return undefined;
        },
        (error: unknown) => error,
      )
      .then((error) => {
        this.#sending.delete(sending);
        const left = (this.#sendingTo.get(clientId) ?? 1) - 1;
        if (left === 0) this.#sendingTo.delete(clientId);
        else this.#sendingTo.set(clientId, left);
        this.#onFree(error);
      });
    this.#sending.add(sending);
  }
}

/** Doubling waits. */
function retryAt(now: Instant, attempts: number): Instant {
  return now + Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS);
}

async function sendNotice(context: OperationContext, notice: LogoutNotice): Promise<NotifyOutcome> {
  const client = await findClient(context.store.queries, notice.clientId);
  const url = client?.backchannelLogoutUri ?? null;
  if (client === undefined || client.disabledAt !== null || url === null) {
    await context.store.transaction((tx) => deleteLogoutNotice(tx, notice.id));
    return { kind: 'not_wanted' };
  }
  const token = await signLogoutToken(context, notice, client);
  const answer = await context.outbound.send({ url, form: { logout_token: token }, accept: '*/*' });
  const isAnswered = answer.kind === 'answered';
  // §2.8: 200, and 204 of some frameworks.
  if (isAnswered && (answer.status === 200 || answer.status === 204)) {
    await context.store.transaction((tx) => deleteLogoutNotice(tx, notice.id));
    return { kind: 'told' };
  }
  const reason = isAnswered ? `status ${answer.status}` : answer.reason;
  // §2.8: the client has understood, and says no.
  const isFinal = isAnswered && answer.status === 400;
  if (!isFinal && notice.attempts < MAX_ATTEMPTS) return { kind: 'failed', reason };
  await giveUp(context, notice, reason);
  return { kind: 'given_up', reason };
}

/** Back-Channel Logout §2.4. Without `nonce`, so that it passes for no ID token. */
function signLogoutToken(context: OperationContext, notice: LogoutNotice, client: Client): Promise<string> {
  const issuedAt = toSeconds(context.clock());
  return context.keyRing.signLogoutToken({
    iss: context.policy.issuer,
    sub: notice.userId,
    aud: client.id,
    iat: issuedAt,
    exp: issuedAt + TOKEN_LIFE_SECONDS,
    jti: newTokenId(context),
    sid: notice.sessionId,
    events: { [LOGOUT_EVENT]: {} },
  });
}

async function giveUp(context: OperationContext, notice: LogoutNotice, reason: string): Promise<void> {
  await context.store.transaction(async (tx) => {
    await deleteLogoutNotice(tx, notice.id);
    await audit(context, tx, context.clock(), {
      type: 'logout_notice.given_up',
      outcome: 'failure',
      actor: 'server',
      target: notice.clientId,
      caller: null,
      details: { reason, attempts: notice.attempts, session: notice.sessionId, user: notice.userId },
    });
  });
}
