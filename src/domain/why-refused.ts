import type { TargetPlanView } from '../schema/plan-view.ts';

/** Why a rollback asked for now would be refused, in a sentence each; the objects are named in the plan. */
export function whyRefused(targets: readonly Omit<TargetPlanView, 'objects' | 'cut'>[]): string[] {
  const refused = targets.reduce((sum, { counts }) => sum + counts.refuse, 0);
  const unproven = targets.reduce((sum, target) => sum + target.unproven.length, 0);
  const unsettled = targets.flatMap((target) => target.unsettled.map((object) => `${target.target}/${object}`));
  return [
    ...(refused > 0 ? [`not safe to put back: ${counted(refused, 'object')}`] : []),
    ...(unproven > 0 ? [`not provable by dry run: ${counted(unproven, 'write')}`] : []),
    ...(unsettled.length > 0 ? [`still in flux: ${unsettled.slice(0, longestList).join(', ')}`] : []),
  ];
}

const longestList = 10;

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
