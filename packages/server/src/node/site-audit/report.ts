import { LEVELS, type Finding, type Level, type Place } from './finding.ts';
import { FINDING_TEXTS, type FindingCode } from './finding-texts.ts';
import { withoutTokens } from './shorten.ts';

/** The shape of `--json`. Members are added, never changed. */
export interface SiteReport {
  readonly version: 1;
  readonly url: string;
  /** ISO 8601. */
  readonly audited_at: string;
  readonly browser: string;
  readonly counts: Readonly<Record<Level, number>>;
  /** The worst first. */
  readonly findings: readonly ReportedFinding[];
}

export interface ReportedFinding {
  readonly code: FindingCode;
  readonly level: Level;
  readonly what: string;
  readonly where: Place;
  readonly evidence: string;
  readonly why: string;
  readonly advice: string;
}

export interface ReportInput {
  readonly url: string;
  readonly at: number;
  readonly browser: string;
  readonly findings: readonly Finding[];
  /** Takes out what must not be read. */
  readonly redact: (text: string) => string;
}

/** What may leave: each text of the site's own is looked through once more. */
export function toReport({ url, at, browser, findings, redact }: ReportInput): SiteReport {
  const clean = (text: string) => withoutTokens(redact(text));
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  return {
    version: 1,
    url: clean(url),
    audited_at: new Date(at).toISOString(),
    browser,
    counts: {
      critical: count('critical'),
      high: count('high'),
      medium: count('medium'),
      low: count('low'),
      info: count('info'),
    },
    findings: findings.map(({ code, level, where, evidence }) => {
      const { what, why, advice } = FINDING_TEXTS[code];
      const { origin, storage, key } = where;
      return {
        code,
        level,
        what,
        where: { origin: clean(origin), storage, key: clean(key) },
        evidence: redact(evidence),
        why,
        advice,
      };
    }),
  };
}

/** For people. Whoever prints it still has to keep a terminal from obeying it. */
export function toText({ url, browser, counts, findings }: SiteReport): string {
  const summary = LEVELS.filter((level) => counts[level] > 0).map((level) => `${counts[level]} ${level}`);
  const head = `${url}, with ${oneLine(browser)}: ${summary.join(', ') || 'nothing was found'}.`;
  const told = findings.filter(({ level }) => level !== 'info').map(describe);
  const notes = findings.filter(({ level }) => level === 'info').map(note);
  return [head, ...told, ...(notes.length > 0 ? [['To know:', ...notes].join('\n')] : [])].join('\n\n');
}

function describe({ level, what, where, evidence, why, advice, code }: ReportedFinding): string {
  return [
    `${level.toUpperCase().padEnd(8)} ${what} (${code})`,
    `  where  ${place(where)}`,
    `  seen   ${oneLine(evidence)}`,
    `  why    ${why}`,
    `  do     ${advice}`,
  ].join('\n');
}

const note = ({ what, where, evidence }: ReportedFinding): string => `  ${what}: ${place(where)}; ${oneLine(evidence)}`;

function place({ origin, storage, key }: Place): string {
  return [oneLine(origin), storage, oneLine(key)].filter((part) => part !== '').join(', ');
}

/** A name of the site's cannot begin a line of the report. */
const oneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ');
