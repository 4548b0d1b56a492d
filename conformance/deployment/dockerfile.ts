/** The Dockerfile of the workspace, read as far as the tests need it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  /** Such as `--from=build`. */
  readonly flags: readonly string[];
  readonly rest: string;
}

export interface Stage {
  readonly image: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

export const dockerfileText = readFileSync(join(root, 'Dockerfile'), 'utf8');

/** Its stages, in their order. Knows neither ARG nor heredocs, which this file does without. */
export function readStages(text = dockerfileText): readonly Stage[] {
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n');
  const stages: { image: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of lines.map((one) => one.trim()).filter((one) => one !== '')) {
    const [, keyword = '', flags = '', rest = ''] = /^([A-Z]+)((?:\s+--\S+)*)\s+(.*)$/.exec(line) ?? [];
    const [image = '', , name] = rest.split(/\s+/);
    if (keyword === 'FROM') stages.push({ image, name, instructions: [] });
    else stages.at(-1)?.instructions.push({ keyword, flags: flags.split(/\s+/).filter((flag) => flag !== ''), rest });
  }
  return stages;
}

export function stageNamed(name: string | undefined): Stage {
  const found = readStages().find((stage) => stage.name === name);
  if (found === undefined) throw new Error(`The Dockerfile has no stage ${name}`);
  return found;
}

/** What follows the keyword, for each time that it is there. */
export function all(stage: Stage, keyword: string): string[] {
  return stage.instructions.filter((one) => one.keyword === keyword).map(({ rest }) => rest);
}

export function only(stage: Stage, keyword: string): string {
  const [first, ...others] = all(stage, keyword);
  if (first === undefined || others.length > 0)
    throw new Error(`${keyword} is there ${others.length + 1} times or not`);
  return first;
}

/** The environment of the image. */
export function imageEnvironment(): Record<string, string> {
  const pairs = all(stageNamed(undefined), 'ENV').map((rest) => rest.split('='));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
}

/** Program and arguments, in the form of a JSON array. */
export function commandOf(rest: string): string[] {
  return JSON.parse(rest.slice(rest.indexOf('['))) as string[];
}
