import { stepsFrom, type Move, type Step } from './moves.ts';
import type { Invariant, Policy } from './policy.ts';
import { firstWorld, keyOf, type Setting, type World } from './world.ts';

export type Path<Row> = readonly Step<Row>[];

/** What an edge is about; `close`: within the overlap of the other party's last use. */
export const MARK = { victim: 1, thief: 2, wait: 4, switch: 8, close: 16, renewal: 32, over: 64 } as const;

export interface Edge {
  readonly target: number;
  readonly marks: number;
}

export interface Failure<Row> {
  readonly invariant: Invariant;
  readonly path: Path<Row>;
  /** What shows it, where the path alone does not. */
  readonly words?: string;
}

export interface Exploration<Row> {
  /** Situations that are not alike. */
  readonly states: number;
  /** A nearest broken invariant; what lies further away was not explored then. */
  readonly failure: Failure<Row> | undefined;
  edgesFrom(state: number): readonly Edge[];
  /** A shortest way from the start. */
  pathTo(state: number): Path<Row>;
  /** Goes on from the end of a path along states that follow each other. */
  follow(path: Path<Row>, states: readonly number[]): Path<Row>;
}

/** Visits every situation that a policy can get into, nearest first. */
export function explore<Row>(policy: Policy<Row>, setting: Setting): Exploration<Row> {
  const explorer = new Explorer(policy, setting);
  explorer.run();
  return explorer;
}

/** How long a path is to its reader: waiting is free, and a copied request is rarer than a lost answer. */
function costOf<Row>(move: Move<Row>): number {
  if (move.kind === 'wait') return 0;
  return move.kind === 'use' && move.twice ? 6 : 1;
}

interface Node<Row> {
  /** Given up once its edges are known: a path is walked anew. */
  world: World<Row> | undefined;
  edges: Edge[] | undefined;
  readonly cost: number;
  readonly parent: number;
  /** Which of the parent's steps leads here. */
  readonly choice: number;
}

class Explorer<Row> implements Exploration<Row> {
  readonly #policy: Policy<Row>;
  readonly #setting: Setting;
  readonly #start: World<Row>;
  readonly #ids = new Map<string, number>();
  readonly #nodes: Node<Row>[] = [];
  /** By cost: Dijkstra's algorithm with a bucket for each. */
  readonly #queue: number[][] = [];
  #nearest: { readonly cost: number; readonly failure: Failure<Row> } | undefined;

  constructor(policy: Policy<Row>, setting: Setting) {
    this.#policy = policy;
    this.#setting = setting;
    this.#start = firstWorld(policy, setting);
  }

  get states(): number {
    return this.#nodes.length;
  }

  get failure(): Failure<Row> | undefined {
    return this.#nearest?.failure;
  }

  edgesFrom(state: number): readonly Edge[] {
    return this.#nodes[state]?.edges ?? [];
  }

  run(): void {
    this.#reach(this.#start, { cost: 0, parent: -1, choice: -1 });
    for (let cost = 0; cost < Math.min(this.#queue.length, this.#nearest?.cost ?? Infinity); cost += 1) {
      // The bucket grows while it is walked: waiting costs nothing.
      for (const id of this.#queue[cost] ?? []) {
        const node = this.#nodes[id];
        if (node?.world !== undefined && node.cost === cost) this.#expand(id, node, node.world);
      }
    }
  }

  pathTo(state: number): Path<Row> {
    const choices: number[] = [];
    for (let node = this.#nodes[state]; node !== undefined && node.parent >= 0; node = this.#nodes[node.parent]) {
      choices.unshift(node.choice);
    }
    return choices.reduce<Path<Row>>((path, choice) => this.#prolong(path, (_, index) => index === choice), []);
  }

  follow(path: Path<Row>, states: readonly number[]): Path<Row> {
    const idOf = ({ next }: Step<Row>) => this.#ids.get(keyOf(this.#policy, this.#setting, next));
    return states.reduce<Path<Row>>((whole, state) => this.#prolong(whole, (step) => idOf(step) === state), path);
  }

  #prolong(path: Path<Row>, isWanted: (step: Step<Row>, index: number) => boolean): Path<Row> {
    const step = stepsFrom(this.#policy, this.#setting, path.at(-1)?.next ?? this.#start).find(isWanted);
    if (step === undefined) throw new Error('Situations of one key do not behave alike.');
    return [...path, step];
  }

  #expand(id: number, node: Node<Row>, world: World<Row>): void {
    const { cost } = node;
    const edges: Edge[] = [];
    node.world = undefined;
    node.edges = edges;
    const lawlessness = world.over ? undefined : this.#policy.inspect?.(world.row, world.now);
    if (lawlessness !== undefined) this.#fail(cost, () => ({ ...lawlessness, path: this.pathTo(id) }));
    for (const [choice, step] of stepsFrom(this.#policy, this.#setting, world).entries()) {
      const next = cost + costOf(step.move);
      const invariant = brokenBy(this.#setting, step.move);
      if (invariant === undefined) {
        const target = this.#reach(step.next, { cost: next, parent: id, choice });
        edges.push({ target, marks: marksOf(this.#setting, world, step) });
      } else {
        this.#fail(next, () => ({ invariant, path: [...this.pathTo(id), step] }));
      }
    }
  }

  #reach(world: World<Row>, from: Pick<Node<Row>, 'cost' | 'parent' | 'choice'>): number {
    const key = keyOf(this.#policy, this.#setting, world);
    const id = this.#ids.get(key) ?? this.#nodes.length;
    const known = this.#nodes[id];
    if (known !== undefined && (known.edges !== undefined || known.cost <= from.cost)) return id;
    this.#ids.set(key, id);
    this.#nodes[id] = { ...from, world, edges: undefined };
    (this.#queue[from.cost] ??= []).push(id);
    return id;
  }

  #fail(cost: number, tell: () => Failure<Row>): void {
    if (this.#nearest === undefined || cost < this.#nearest.cost) this.#nearest = { cost, failure: tell() };
  }
}

/** Among honest actors a session must never end; with a thief about, its end is what is wanted. */
function brokenBy<Row>(setting: Setting, move: Move<Row>): Invariant | undefined {
  if (move.kind !== 'use') return undefined;
  const { broken, verdict } = move.outcome;
  if (broken !== undefined || setting.thief) return broken;
  if (verdict === 'revoked') return 'I1';
  return verdict === 'refused' ? 'I2' : undefined;
}

function marksOf<Row>(setting: Setting, { now, theft }: World<Row>, { move, next }: Step<Row>): number {
  if (next.over) return MARK.over;
  if (move.kind === 'wait') return MARK.wait;
  if (move.kind !== 'use' || move.isRead || theft === undefined || move.outcome.verdict !== 'served') return 0;
  const isSwitch = theft.lastBy !== undefined && theft.lastBy !== move.by;
  const isClose = isSwitch && now - theft.lastAt <= setting.overlap;
  return (
    MARK[move.by] |
    (isSwitch ? MARK.switch : 0) |
    (isClose ? MARK.close : 0) |
    (move.outcome.renewed ? MARK.renewal : 0)
  );
}
