import { WORTHLESS, type Credential, type Party, type Policy } from './policy.ts';

/** What may happen, and how long it may take in ticks. Bounds are inclusive: the worst moment itself is explored. */
export interface Setting {
  /** W: two uses that are this far apart or less count as simultaneous. */
  readonly overlap: number;
  /** Q: from the moment a client picks its credential until the server has decided. */
  readonly requestDelay: number;
  /** A: from the decision until the credential in the answer is in the jar. */
  readonly answerDelay: number;
  /** D: how much of its past a browser loses when it crashes. */
  readonly diskDelay: number;
  /** A client refreshes what is at least this old; 0: it sends whenever it likes. */
  readonly refreshAge: number;
  /** F: how much of its past a database loses when it fails over; 0: it does not. */
  readonly failoverLoss: number;
  /** Requests under way at once. */
  readonly tabs: number;
  /** Whether there are requests, too, whose answers can carry no credential. */
  readonly reads: boolean;
  /** Nothing is lost, copied or taken back by a crash; messages still overtake each other. */
  readonly calm: boolean;
  readonly thief: boolean;
  /** Answers lost or taken back by a crash after the theft. */
  readonly faultsAfterTheft: number;
}

/** A request on its way to the server, or an answer on its way back: what it carries, and since when. */
export interface Flight {
  /** A `read` is a request whose answer can carry no credential. */
  readonly phase: 'request' | 'read' | 'answer';
  readonly credential: Credential;
  readonly since: number;
}

/** A value that was replaced at `until`. */
export interface Past<Value> {
  readonly value: Value;
  readonly until: number;
}

export interface Theft {
  /** What the thief holds, without what is worthless by now. */
  readonly loot: readonly Credential[];
  /** Whose use was served last since the theft, and when. */
  readonly lastBy: Party | undefined;
  readonly lastAt: number;
  readonly faultsLeft: number;
}

/** Everything at one moment. The numbers in it are those of one history; its key stands for all that are alike. */
export interface World<Row> {
  readonly now: number;
  readonly row: Row;
  /** What a fail-over may bring back; undefined where there is none, or no more. */
  readonly backups: readonly Past<Row>[] | undefined;
  readonly jar: Credential;
  readonly jarSince: number;
  /** What the browser's disk may still hold instead. */
  readonly disk: readonly Past<Credential>[];
  readonly tabs: readonly (Flight | undefined)[];
  /** Requests on their way whose sender has crashed. */
  readonly adrift: readonly Flight[];
  readonly theft: Theft | undefined;
  readonly over: boolean;
}

export function firstWorld<Row>(policy: Policy<Row>, setting: Setting): World<Row> {
  const { row, credential } = policy.start(0);
  return {
    now: 0,
    row,
    backups: setting.failoverLoss > 0 ? [] : undefined,
    jar: credential,
    jarSince: 0,
    disk: [],
    tabs: Array.from({ length: setting.tabs }, () => undefined),
    adrift: [],
    theft: undefined,
    over: false,
  };
}

/** How a world sees credentials: those of one kind are treated alike for ever, unless they are siblings. */
export function kindIn<Row>(
  policy: Policy<Row>,
  { row, backups = [], now }: World<Row>,
): (credential: Credential) => string {
  if (backups.length === 0) return (credential) => policy.credentialKey(row, credential, now);
  const rows = [row, ...backups.map(({ value }) => value)];
  return (credential) => rows.map((each) => policy.credentialKey(each, credential, now)).join('/');
}

/** The world up to renaming: credentials as the row sees them, times relative to now, tabs in any order. */
export function keyOf<Row>(policy: Policy<Row>, setting: Setting, world: World<Row>): string {
  if (world.over) return 'over';
  const key = keyInOrder(policy, setting, world);
  if (policy.hasSiblings !== true) return key;
  // Siblings get their names in the order in which they are met: of both orders of the tabs, the lesser one.
  const reversed = keyInOrder(policy, setting, { ...world, tabs: world.tabs.toReversed() });
  return key < reversed ? key : reversed;
}

function keyInOrder<Row>(policy: Policy<Row>, setting: Setting, world: World<Row>): string {
  const { now, row, backups, theft } = world;
  const kindOf = kindIn(policy, world);
  const identities = new Map<Credential, number>();
  const seen = (credential: Credential): string => {
    const kind = kindOf(credential);
    if (policy.hasSiblings !== true || kind === WORTHLESS) return kind;
    const identity = identities.get(credential) ?? identities.size;
    identities.set(credential, identity);
    return `${kind}#${identity}`;
  };
  const flight = ({ phase, credential, since }: Flight): string => `${PHASES[phase]}${seen(credential)}@${now - since}`;
  const list = policy.hasSiblings === true ? joined : sorted;
  const parts = [
    policy.rowKey(row, now),
    backups?.map(({ value, until }) => `${policy.rowKey(value, now)}@${now - until}`).join('/') ?? 'none',
    `${seen(world.jar)}@${Math.min(now - world.jarSince, setting.refreshAge)}`,
    world.disk.map(({ value, until }) => `${seen(value)}@${now - until}`).join(','),
    list(world.tabs.map((tab) => (tab === undefined ? '' : flight(tab)))),
    list(world.adrift.map(flight)),
  ];
  if (theft !== undefined) {
    const gap = theft.lastBy === undefined ? '' : `${theft.lastBy}${Math.min(now - theft.lastAt, setting.overlap + 1)}`;
    parts.push(list(theft.loot.map(seen)), gap, `${theft.faultsLeft}`);
  }
  return parts.join('|');
}

const PHASES = { request: '>', read: '?', answer: '<' } as const;

const joined = (keys: readonly string[]): string => keys.join(',');

/** The tabs have no order. Short lists are what there is most of. */
function sorted([first = '', second = '', ...others]: readonly string[]): string {
  if (others.length > 0) return [first, second, ...others].toSorted().join(',');
  return first < second ? `${first},${second}` : `${second},${first}`;
}
