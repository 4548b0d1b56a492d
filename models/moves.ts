import { WORTHLESS, type Credential, type Outcome, type Party, type Policy } from './policy.ts';
import { kindIn, type Flight, type Setting, type World } from './world.ts';

/** What can happen next. Tabs are numbered from 0. */
export type Move<Row> =
  | { readonly kind: 'wait' }
  | { readonly kind: 'failover' }
  | { readonly kind: 'restart'; readonly credential: Credential }
  | { readonly kind: 'steal'; readonly credential: Credential }
  | { readonly kind: 'send'; readonly tab: number; readonly phase: 'request' | 'read'; readonly credential: Credential }
  | { readonly kind: 'receive'; readonly tab: number; readonly credential: Credential }
  | { readonly kind: 'lose'; readonly tab: number; readonly flight: Flight }
  | Use<Row>;

/** The server decides. */
export interface Use<Row> {
  readonly kind: 'use';
  readonly by: Party;
  /** Undefined for the thief, and for a request whose sender has crashed. */
  readonly tab?: number;
  /** Whether the answer can carry no credential. Such a use is none for I5: nobody gains or gives anything by it. */
  readonly isRead: boolean;
  /** Whether the network delivered the request twice. */
  readonly twice: boolean;
  readonly credential: Credential;
  readonly outcome: Outcome<Row>;
}

export interface Step<Row> {
  readonly move: Move<Row>;
  readonly next: World<Row>;
}

/** Everything that can happen in a world. */
export function stepsFrom<Row>(policy: Policy<Row>, setting: Setting, world: World<Row>): Step<Row>[] {
  if (world.over) return [];
  const hasFaults = !setting.calm && world.theft?.faultsLeft !== 0;
  return [
    ...decisions(policy, setting, world),
    ...clientSteps(policy, setting, world),
    ...(hasFaults ? faults(policy, setting, world) : []),
    ...(setting.thief ? thiefSteps(policy, setting, world) : []),
    ...waiting(policy, setting, world),
  ];
}

/** A request has arrived at the server. */
function decisions<Row>(policy: Policy<Row>, setting: Setting, world: World<Row>): Step<Row>[] {
  const fromTabs = world.tabs.flatMap((tab, index) =>
    tab !== undefined && isRequest(tab) ? [decideTab(policy, setting, world, tab, index)] : [],
  );
  const fromNowhere = world.adrift.map((request, index): Step<Row> => {
    const move = useOf(policy, world, request, 'victim');
    return { move, next: { ...afterUse(policy, setting, world, move), adrift: world.adrift.toSpliced(index, 1) } };
  });
  return [...fromTabs, ...fromNowhere];
}

function decideTab<Row>(
  policy: Policy<Row>,
  setting: Setting,
  world: World<Row>,
  request: Flight,
  tab: number,
): Step<Row> {
  const move = { ...useOf(policy, world, request, 'victim'), tab };
  return { move, next: { ...afterUse(policy, setting, world, move), tabs: withAnswer(world, tab, move.outcome) } };
}

/** Clients send what is in the jar, and put into it what an answer brings. */
function clientSteps<Row>(policy: Policy<Row>, setting: Setting, world: World<Row>): Step<Row>[] {
  const { now, jar } = world;
  return world.tabs.flatMap((tab, index): Step<Row>[] => {
    if (tab === undefined) {
      if (now - world.jarSince < setting.refreshAge) return [];
      const phases = setting.reads ? (['request', 'read'] as const) : (['request'] as const);
      return phases.map((phase) => {
        const tabs = world.tabs.with(index, { phase, credential: jar, since: now });
        return { move: { kind: 'send', tab: index, phase, credential: jar }, next: { ...world, tabs } };
      });
    }
    if (isRequest(tab)) return [];
    const { credential } = tab;
    const received = { ...world, tabs: world.tabs.with(index, undefined), jar: credential, jarSince: now };
    const next = tidied(policy, setting, { ...received, disk: [{ value: jar, until: now }, ...world.disk] });
    return [{ move: { kind: 'receive', tab: index, credential }, next }];
  });
}

/** Messages lost or copied, a browser that crashes, a database that fails over. After a theft they are counted. */
function faults<Row>(policy: Policy<Row>, setting: Setting, before: World<Row>): Step<Row>[] {
  const { theft } = before;
  const world = theft === undefined ? before : { ...before, theft: { ...theft, faultsLeft: theft.faultsLeft - 1 } };
  const inFlight = world.tabs.flatMap((flight, tab) => (flight === undefined ? [] : [{ flight, tab }]));
  const requests = inFlight.flatMap(({ flight, tab }) => (isRequest(flight) ? [{ flight, tab }] : []));

  const losses = inFlight.map(({ flight, tab }): Step<Row> => {
    return { move: { kind: 'lose', tab, flight }, next: { ...world, tabs: world.tabs.with(tab, undefined) } };
  });
  const copies = requests.flatMap(({ flight, tab }): Step<Row>[] => {
    const once = decideTab(policy, setting, world, flight, tab).next;
    if (once.over) return [];
    // The client takes the answer to the copy for the answer.
    const move = { ...useOf(policy, once, flight, 'victim'), tab, twice: true };
    return [{ move, next: { ...afterUse(policy, setting, once, move), tabs: withAnswer(once, tab, move.outcome) } }];
  });
  const crashes = world.disk.map(({ value }): Step<Row> => {
    const next: World<Row> = {
      ...world,
      jar: value,
      jarSince: world.now - setting.refreshAge,
      disk: [],
      tabs: world.tabs.map(() => undefined),
      // The server may still see what the browser had sent; as many as there are tabs are enough.
      adrift: [...world.adrift, ...requests.map(({ flight }) => flight)].slice(-setting.tabs),
    };
    return { move: { kind: 'restart', credential: value }, next };
  });
  const failovers = (world.backups ?? []).map(({ value }): Step<Row> => {
    return { move: { kind: 'failover' }, next: { ...world, row: value, backups: undefined } };
  });
  return [...losses, ...copies, ...crashes, ...failovers];
}

/** Once, the thief copies anything that the victim holds. From then on he uses whatever he has, whenever he likes. */
function thiefSteps<Row>(policy: Policy<Row>, setting: Setting, world: World<Row>): Step<Row>[] {
  if (world.theft !== undefined) {
    return world.theft.loot.map((credential) => {
      const move = useOf(policy, world, { phase: 'request', credential }, 'thief');
      return { move, next: afterUse(policy, setting, world, move) };
    });
  }
  const inFlight = world.tabs.flatMap((tab) => (tab === undefined ? [] : [tab.credential]));
  const held = new Set([world.jar, ...world.disk.map(({ value }) => value), ...inFlight]);
  return [...held].map((credential) => {
    const theft = { loot: [credential], lastBy: undefined, lastAt: world.now, faultsLeft: setting.faultsAfterTheft };
    return { move: { kind: 'steal', credential }, next: { ...world, theft, backups: undefined } };
  });
}

/** Time passes, unless something must happen first. */
function waiting<Row>(policy: Policy<Row>, setting: Setting, world: World<Row>): Step<Row>[] {
  const now = world.now + 1;
  const isLate = (flight: Flight | undefined): boolean =>
    flight !== undefined && now - flight.since > (isRequest(flight) ? setting.requestDelay : setting.answerDelay);
  if (world.tabs.some(isLate) || world.adrift.some(isLate)) return [];
  const backups = world.backups?.filter(({ until }) => now - until <= setting.failoverLoss);
  return [{ move: { kind: 'wait' }, next: tidied(policy, setting, { ...world, now, backups }) }];
}

const isRequest = ({ phase }: Flight): boolean => phase !== 'answer';

function useOf<Row>(
  policy: Policy<Row>,
  { row, now }: World<Row>,
  { phase, credential }: Pick<Flight, 'phase' | 'credential'>,
  by: Party,
): Use<Row> {
  const outcome = policy.use(row, credential, now, by, phase === 'request');
  return { kind: 'use', by, isRead: phase === 'read', twice: false, credential, outcome };
}

function afterUse<Row>(
  policy: Policy<Row>,
  setting: Setting,
  world: World<Row>,
  { by, isRead, outcome }: Use<Row>,
): World<Row> {
  const { now, theft } = world;
  const { verdict, row, answer } = outcome;
  if (verdict === 'revoked' || verdict === 'expired') return { ...world, row, over: true };
  const isWritten = setting.failoverLoss > 0 && row !== world.row;
  const backups = isWritten ? world.backups && [{ value: world.row, until: now }, ...world.backups] : world.backups;
  if (theft === undefined || verdict === 'refused') return { ...world, row, backups };

  const got = by === 'thief' && answer !== undefined ? [answer, ...theft.loot] : theft.loot;
  const loot = worthKeeping(policy, got, row, now);
  return { ...world, row, theft: isRead ? { ...theft, loot } : { ...theft, loot, lastBy: by, lastAt: now } };
}

/** An answer without a credential changes nothing at the client: it need not travel. */
function withAnswer<Row>(world: World<Row>, tab: number, { answer }: Outcome<Row>): World<Row>['tabs'] {
  return world.tabs.with(
    tab,
    answer === undefined ? undefined : { phase: 'answer', credential: answer, since: world.now },
  );
}

/** Drops from the disk what was replaced too long ago, and what a restart would bring back to no effect. */
function tidied<Row>(policy: Policy<Row>, setting: Setting, world: World<Row>): World<Row> {
  if (world.disk.length === 0) return world;
  const kindOf = policy.hasSiblings === true ? String : kindIn(policy, world);
  const known = new Set([kindOf(world.jar)]);
  const disk = world.disk.filter(({ value, until }) => {
    const kind = kindOf(value);
    const isKept = world.now - until <= setting.diskDelay && !known.has(kind);
    known.add(kind);
    return isKept;
  });
  return { ...world, disk };
}

/** The newest of each kind, at most two: no policy here that finds a thief has more kinds that are worth keeping. */
function worthKeeping<Row>(
  policy: Policy<Row>,
  got: readonly Credential[],
  row: Row,
  now: number,
): readonly Credential[] {
  const kinds = new Map<string, Credential>();
  for (const credential of got) {
    const key = policy.credentialKey(row, credential, now);
    const kind = policy.hasSiblings === true ? String(credential) : key;
    if (key !== WORTHLESS && !kinds.has(kind)) kinds.set(kind, credential);
  }
  return [...kinds.values()].slice(0, 2);
}
