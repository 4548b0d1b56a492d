import type { TestClock } from '../support/test-server.ts';
import { parseCredential } from '../../src/domain/sessions/credential.ts';
import { endOneSession } from '../../src/operations/end-sessions.ts';
import type { TestNode } from './nodes.ts';
import { HOLDER, renewalOf, type SessionOnTrial } from './session-on-trial.ts';
import { VirtualBrowser } from './virtual-browser.ts';
import type { Presentation, Witness } from './witness.ts';

/** One request of a browser, and what the network makes of it. */
export interface Trip {
  /** Which node the balancer chooses. */
  readonly node: number;
  readonly canRenew: boolean;
  /** How long the request takes to be decided: several times if it is delivered more than once. */
  readonly requestMs: readonly number[];
  /** How long the answer to the last delivery takes; `lost` if it never arrives. */
  readonly answerMs: number | 'lost';
}

/** What may happen. All of it can be printed, and read. */
export type Move =
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'request'; readonly trips: readonly Trip[] }
  /** The browser crashes, and starts with the cookie that it had so long ago. */
  | { readonly kind: 'restart'; readonly lagMs: number }
  | { readonly kind: 'sign-out'; readonly node: number }
  /** The thief copies what is in the jar. */
  | { readonly kind: 'steal' }
  | { readonly kind: 'thief'; readonly node: number; readonly canRenew: boolean };

interface Event {
  readonly at: number;
  readonly decide?: Pick<Presentation, 'by'> & {
    readonly credential: string;
    readonly trip: Pick<Trip, 'node' | 'canRenew'>;
  };
  /** Told of the credential in the answer. */
  readonly tell: (renewal: string | undefined, now: number) => void;
}

export interface SimulatedNode {
  readonly node: TestNode;
  readonly skewMs: number;
}

export interface Simulated {
  readonly clock: TestClock;
  readonly nodes: readonly SimulatedNode[];
  readonly session: SessionOnTrial;
  readonly credential: string;
  readonly witness: Witness;
  readonly followMs: number;
}

/** Plays moves on real nodes and a real database, in virtual time: a queue of what is on its way. */
export class Simulation {
  readonly #world: Simulated;
  readonly browser: VirtualBrowser;
  #loot: string | undefined;
  #queue: Event[] = [];
  #followedAt: number;
  #followed = 0;
  presentations = 0;
  /** What was decided last. */
  last: readonly Presentation[] = [];

  constructor(world: Simulated) {
    this.#world = world;
    this.browser = new VirtualBrowser(world.credential, world.clock.now());
    this.#followedAt = world.clock.now();
  }

  async play(move: Move): Promise<void> {
    const { clock, witness, session } = this.#world;
    const now = clock.now();
    switch (move.kind) {
      case 'pause':
        await this.#advanceTo(now + move.ms);
        return;
      case 'request':
        for (const trip of move.trips) this.#send(trip, now);
        break;
      case 'restart':
        this.browser.restartFrom(now - move.lagMs, now);
        return;
      case 'sign-out': {
        const { operations } = this.#nodeAt(move.node).node;
        await endOneSession(operations, { id: session.id, userId: session.userId, reason: 'ended_by_user' }, HOLDER);
        await witness.endedByUser(now);
        return;
      }
      case 'steal':
        this.#loot = this.browser.jar;
        witness.steal();
        return;
      case 'thief':
        if (this.#loot !== undefined) this.#thieve(move, now, this.#loot);
        break;
    }
    await this.#advanceTo(now);
  }

  /** Lets everything arrive that is on its way. */
  async settle(): Promise<void> {
    await this.#advanceTo(Math.max(this.#world.clock.now(), ...this.#queue.map(({ at }) => at)));
    if (this.#queue.length > 0) await this.settle();
  }

  #send(trip: Trip, now: number): void {
    const { starts, jar } = this.browser;
    trip.requestMs.forEach((requestMs, index) => {
      const answerMs = index === trip.requestMs.length - 1 ? trip.answerMs : 'lost';
      const tell = (renewal: string | undefined, decidedAt: number) => {
        if (answerMs === 'lost' || renewal === undefined) return;
        const arrive = (_: unknown, at: number) => {
          if (this.browser.starts === starts) this.browser.receive(renewal, at);
        };
        this.#queue.push({ at: decidedAt + answerMs, tell: arrive });
      };
      this.#queue.push({ at: now + requestMs, decide: { by: 'holder', credential: jar, trip }, tell });
    });
  }

  #thieve(trip: Pick<Trip, 'node' | 'canRenew'>, now: number, credential: string): void {
    const tell = (renewal: string | undefined) => {
      this.#loot = renewal ?? this.#loot;
    };
    this.#queue.push({ at: now, decide: { by: 'thief', credential, trip }, tell });
  }

  /** Whatever is due at the same moment happens at once, truly so where it is decided. */
  async #advanceTo(time: number): Promise<void> {
    const { clock } = this.#world;
    for (;;) {
      const next = Math.min(...this.#queue.map(({ at }) => at));
      if (next > time) break;
      clock.advance(next - clock.now());
      const due = this.#queue.filter(({ at }) => at === next);
      this.#queue = this.#queue.filter(({ at }) => at !== next);
      await this.#happen(due, next);
    }
    clock.advance(time - clock.now());
  }

  async #happen(events: readonly Event[], now: number): Promise<void> {
    const { witness } = this.#world;
    // Answers first: what arrives is in the jar before the next is decided.
    for (const { decide, tell } of events) if (decide === undefined) tell(undefined, now);
    const decisions = events.filter(({ decide }) => decide !== undefined);
    if (decisions.length === 0) return;
    await this.#follow(now);
    const seen = await Promise.all(decisions.map((event) => this.#present(event)));
    this.presentations += seen.length;
    this.last = seen.map(({ presentation }) => presentation);
    await witness.see(now, this.last);
    for (const { presentation, event } of seen) event.tell(renewalOf(presentation.reading), now);
  }

  async #present(event: Event): Promise<{ readonly presentation: Presentation; readonly event: Event }> {
    const { by, credential, trip } = event.decide!;
    const { node, skewMs } = this.#nodeAt(trip.node);
    const { session } = this.#world;
    const reading = await session.present(credential, { on: node, canRenew: trip.canRenew });
    const { generation, attempt } = parseCredential(credential, session.carrier)!;
    return { event, presentation: { by, generation, attempt, skewMs, reading } };
  }

  /** Nodes read the log every half second. Where it has not grown, that changes nothing, and is left out. */
  async #follow(now: number): Promise<void> {
    const { nodes, witness, followMs } = this.#world;
    if (now - this.#followedAt < followMs || witness.revocations === this.#followed) return;
    this.#followedAt = now;
    this.#followed = witness.revocations;
    await Promise.all(nodes.map(({ node }) => node.follow()));
  }

  #nodeAt(index: number): SimulatedNode {
    const { nodes } = this.#world;
    return nodes[index % nodes.length]!;
  }
}
