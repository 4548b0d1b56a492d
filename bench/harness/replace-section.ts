import { goalLine, writeSection, type Goal, type Section } from './report.ts';

/** The report with this section, and its goals, as they are now; the others stay. A section that is new comes last. */
export function replaceSection(report: string, section: Section): string {
  const parts = section.goals
    .reduce(replaceGoal, report)
    .trimEnd()
    .split(/\n\n(?=## )/);
  const index = parts.findIndex((part) => part.startsWith(`## ${section.title}\n`));
  parts.splice(index === -1 ? parts.length : index, 1, writeSection(section));
  return `${parts.join('\n\n')}\n`;
}

/** In its row of the table, or behind the last one. */
function replaceGoal(report: string, goal: Goal): string {
  const lines = report.split('\n');
  const row = lines.findIndex((line) => line.startsWith(`| ${goal.aim} |`));
  if (row !== -1) return lines.with(row, goalLine(goal)).join('\n');
  const table = lines.indexOf('## Goals') + 2;
  return lines.toSpliced(lines.indexOf('', table), 0, goalLine(goal)).join('\n');
}
