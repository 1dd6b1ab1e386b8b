import type { Evidence, GroupRule, Verdict } from '../schema/verdict.ts';
import { counted } from './counted.ts';
import { describeEvidence } from './describe-evidence.ts';

/** One of the things that are watched: a target's workloads, or another source of detection. */
export interface Watched {
  /** `eu`, or `metric errors`. */
  readonly name: string;
  readonly verdict: Verdict;
}

/** What all targets say together. */
export interface GroupVerdict {
  readonly verdict: Verdict;
  /** Failing targets that do not fail the deploy, as the rule has it. */
  readonly tolerated: readonly string[];
}

/** How many targets have to fail for the deploy to fail. */
export function neededToFail(rule: GroupRule, targets: number): number {
  if (rule === 'any') return 1;
  return rule === 'all' ? targets : rule.quorum;
}

/**
 * A failing minority is set aside; the others then have to be healthy, every one of them. What nobody knows is neither
 * tolerated nor healthy: an unreachable target may be the one that makes the quorum.
 */
export function groupVerdict(rule: GroupRule, targets: readonly Watched[]): GroupVerdict {
  const failing = targets.filter(({ verdict }) => verdict === 'failing').map(({ name }) => name);
  if (failing.length > 0 && failing.length >= neededToFail(rule, targets.length))
    return { verdict: 'failing', tolerated: [] };
  const rest = targets.filter(({ verdict }) => verdict !== 'failing');
  return { verdict: worstOf(rest.map(({ verdict }) => verdict)), tolerated: failing };
}

const fromWorst: readonly Verdict[] = ['failing', 'inconclusive', 'progressing', 'healthy'];

/** Nothing watched is nothing known. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  return fromWorst.find((verdict) => verdicts.includes(verdict)) ?? 'progressing';
}

/** `, failing and tolerated: us`; nothing when there are none. */
export function besidesTolerated({ tolerated }: Pick<GroupVerdict, 'tolerated'>): string {
  return tolerated.length === 0 ? '' : `, failing and tolerated: ${tolerated.join(', ')}`;
}

interface FailingTarget {
  readonly id: string;
  readonly verdict: Verdict | null;
  readonly evidence: readonly Evidence[];
  /** Milliseconds. */
  readonly failingSince?: number | undefined;
}

/** Why the group has failed: the target that began it, and how many there are when it takes more than one. `null`: it has not. */
export function whyGroupFails(rule: GroupRule, targets: readonly FailingTarget[]): string | null {
  const watched = targets.map(({ id, verdict }) => ({ name: id, verdict: verdict ?? 'progressing' }));
  if (groupVerdict(rule, watched).verdict !== 'failing') return null;
  const failing = targets.filter(({ verdict }) => verdict === 'failing');
  const [first] = failing.toSorted((a, b) => (a.failingSince ?? 0) - (b.failingSince ?? 0));
  const reason = describeEvidence(first?.id ?? '', first?.evidence[0]);
  if (neededToFail(rule, targets.length) === 1) return reason;
  return `${reason} (${failing.length} of ${counted(targets.length, 'target')} failing)`;
}
