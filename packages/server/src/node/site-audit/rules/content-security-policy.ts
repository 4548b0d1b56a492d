/** How well a Content-Security-Policy (CSP 3) stops scripts that somebody else put into the page. */

export interface PolicyJudgement {
  readonly strength: 'none' | 'weak' | 'incomplete' | 'strong';
  /** What makes it less than strong. */
  readonly reasons: readonly string[];
  readonly restrictsFraming: boolean;
}

type Directives = ReadonlyMap<string, readonly string[]>;

/** Several policies all apply, so that the strongest counts. */
export function judgePolicies(policies: readonly string[]): PolicyJudgement {
  const judged = policies.flatMap((line) => line.split(',')).map((line) => judgePolicy(parse(line)));
  const order = ['none', 'weak', 'incomplete', 'strong'] as const;
  const [best] = judged.toSorted((one, other) => order.indexOf(other.strength) - order.indexOf(one.strength));
  const restrictsFraming = judged.some((policy) => policy.restrictsFraming);
  return { ...(best ?? { strength: 'none', reasons: [] }), restrictsFraming };
}

function parse(policy: string): Directives {
  const directives = new Map<string, readonly string[]>();
  for (const part of policy.split(';')) {
    const [name = '', ...values] = part.trim().split(/\s+/);
    // The first of a name counts (CSP 3 §2.2.1).
    if (name !== '' && !directives.has(name.toLowerCase())) directives.set(name.toLowerCase(), values);
  }
  return directives;
}

function judgePolicy(directives: Directives): PolicyJudgement {
  const ancestors = directives.get('frame-ancestors');
  const restrictsFraming = ancestors !== undefined && !ancestors.some((source) => /^(?:\*|https?:)$/i.test(source));
  const scripts = directives.get('script-src') ?? directives.get('default-src');
  if (scripts === undefined) return { strength: 'none', reasons: ['no script-src, no default-src'], restrictsFraming };
  const weak = weakSources(scripts.map((source) => source.toLowerCase()));
  if (weak.length > 0) return { strength: 'weak', reasons: weak, restrictsFraming };
  const gaps = [
    ...(scripts.some((source) => source.toLowerCase() === "'unsafe-eval'") ? ["'unsafe-eval'"] : []),
    ...(directives.has('object-src') || directives.has('default-src') ? [] : ['no object-src']),
    ...(directives.has('base-uri') ? [] : ['no base-uri']),
  ];
  return { strength: gaps.length > 0 ? 'incomplete' : 'strong', reasons: gaps, restrictsFraming };
}

function weakSources(sources: readonly string[]): string[] {
  const hasNonceOrHash = sources.some((source) => /^'(?:nonce-|sha(?:256|384|512)-)/.test(source));
  // With it, lists of hosts and schemes count no more (CSP 3 §8.2).
  const isStrictDynamic = sources.includes("'strict-dynamic'");
  const open = isStrictDynamic
    ? []
    : sources.filter((source) => /^(?:\*|https?:|data:|blob:|https?:\/\/\*\/?)$/.test(source));
  const inline = sources.includes("'unsafe-inline'") && !hasNonceOrHash && !isStrictDynamic ? ["'unsafe-inline'"] : [];
  return [...inline, ...open];
}
