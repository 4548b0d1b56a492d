import { componentsOf } from './components.ts';
import { MARK, type Edge, type Exploration, type Path } from './explore.ts';

/** How long a victim and a thief go on side by side. */
export type Coexistence<Row> =
  | { readonly kind: 'endless'; story(): EndlessStory<Row> }
  /** The most changes between the two from one served use to the next, before the session ends. */
  | {
      readonly kind: 'bounded';
      readonly switches: number;
      /** The same, from the first renewal on: until then both hold one and the same credential. */
      readonly switchesAfterRenewal: number;
    };

/** A way there, and from its end a round that leads back to where it began. */
export interface EndlessStory<Row> {
  readonly path: Path<Row>;
  readonly round: Path<Row>;
}

/**
 * Reads from a whole exploration with a thief whether the two can coexist.
 *
 * @param inStep - Whether the thief may act within the overlap of the victim every time. If not, he may at first,
 * but from some moment on no more.
 */
export function coexistenceIn<Row>(exploration: Exploration<Row>, inStep: boolean): Coexistence<Row> {
  const excluded = MARK.over | (inStep ? 0 : MARK.close);
  const graph: Edges = {
    states: exploration.states,
    from: (state) => exploration.edgesFrom(state).filter(({ marks }) => (marks & excluded) === 0),
  };
  const component = componentsOf(graph.states, (state) => graph.from(state).map(({ target }) => target));
  const marksWithin = new Map<number, number>();
  for (let state = 0; state < graph.states; state += 1) {
    const own = component[state] ?? 0;
    for (const { target, marks } of graph.from(state)) {
      if (component[target] === own) marksWithin.set(own, (marksWithin.get(own) ?? 0) | marks);
    }
  }
  const endless = Array.from({ length: graph.states }, (_, state) => state).filter(
    (state) => ((marksWithin.get(component[state] ?? 0) ?? 0) & BOTH_IN_TIME) === BOTH_IN_TIME,
  );
  if (endless.length === 0) return { kind: 'bounded', ...mostSwitches(graph, component) };

  return { kind: 'endless', story: () => shortStory(exploration, graph, endless) };
}

/** The first states are the nearest: the shortest of their stories is short enough. */
function shortStory<Row>(exploration: Exploration<Row>, graph: Edges, states: readonly number[]): EndlessStory<Row> {
  const stories = states.slice(0, 20).map((state) => {
    const path = exploration.pathTo(state);
    return { path, round: exploration.follow(path, roundFrom(graph, state)).slice(path.length) };
  });
  const [shortest = { path: [], round: [] }] = stories.toSorted((left, right) => eventsIn(left) - eventsIn(right));
  return shortest;
}

function eventsIn<Row>({ path, round }: EndlessStory<Row>): number {
  return [...path, ...round].filter(({ move }) => move.kind !== 'wait').length;
}

/** A round in which both are served and time passes can be gone for ever. */
const BOTH_IN_TIME = MARK.victim | MARK.thief | MARK.wait;

interface Edges {
  readonly states: number;
  from(state: number): readonly Edge[];
}

/** A shortest round through a state with all the marks that make it endless: the states after the first. */
function roundFrom(graph: Edges, start: number): number[] {
  interface Visit {
    readonly state: number;
    readonly marks: number;
    readonly before: Visit | undefined;
  }
  const visits: Visit[] = [{ state: start, marks: 0, before: undefined }];
  const known = new Set([`${start}/0`]);
  for (const visit of visits) {
    for (const edge of graph.from(visit.state)) {
      const next = { state: edge.target, marks: visit.marks | (edge.marks & BOTH_IN_TIME), before: visit };
      if (next.state === start && next.marks === BOTH_IN_TIME) {
        const states: number[] = [];
        for (let at: Visit = next; at.before !== undefined; at = at.before) states.unshift(at.state);
        return states;
      }
      const key = `${next.state}/${next.marks}`;
      if (known.has(key)) continue;
      known.add(key);
      visits.push(next);
    }
  }
  return [];
}

/** The longest way, counted in switches. No round has one in it: else it were endless. */
function mostSwitches(graph: Edges, component: Int32Array): { switches: number; switchesAfterRenewal: number } {
  const members = Map.groupBy(component.keys(), (state) => component[state] ?? 0);
  // Components are numbered so that edges lead to lower numbers: what is ahead is known already.
  const ahead = new Map<number, { switches: number; switchesAfterRenewal: number }>();
  const most = { switches: 0, switchesAfterRenewal: 0 };
  for (let own = 0; own < members.size; own += 1) {
    const best = { switches: 0, switchesAfterRenewal: 0 };
    for (const { target, marks } of (members.get(own) ?? []).flatMap((state) => graph.from(state))) {
      const then = ahead.get(component[target] ?? 0) ?? best;
      const step = (marks & MARK.switch) === 0 ? 0 : 1;
      const later = (marks & MARK.renewal) === 0 ? then.switchesAfterRenewal : then.switches;
      best.switches = Math.max(best.switches, then.switches + step);
      best.switchesAfterRenewal = Math.max(best.switchesAfterRenewal, later);
    }
    ahead.set(own, best);
    most.switches = Math.max(most.switches, best.switches);
    most.switchesAfterRenewal = Math.max(most.switchesAfterRenewal, best.switchesAfterRenewal);
  }
  return most;
}
