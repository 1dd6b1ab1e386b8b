import { table } from './table.ts';

/** How the clusters were found, by the content of the application's objects in all of them. */
export const endings = ['back', 'back but for the edit', 'additions left', 'unchanged', 'half-done'] as const;
export type Ending = (typeof endings)[number];

/** How often a trial ended so, and in how many of these the tool said that all was well although it was not. */
export type Endings = Partial<Readonly<Record<Ending, { readonly trials: number; readonly silent: number }>>>;

/** The same trouble for several tools, by `bench/peers.ts`. */
export interface PeersReport {
  readonly tools: readonly PeerTool[];
}

interface PeerTool {
  readonly name: string;
  /** The command, for people. */
  readonly says: string;
  /** In a rollback in which nothing goes wrong. */
  readonly counts: { readonly request: number; readonly write: number };
  readonly rows: readonly PeerRow[];
}

interface PeerRow {
  readonly trouble: string;
  /** What goes wrong, for people. */
  readonly says: string;
  readonly trials: number;
  /** As it was when the command had ended, or the killed process was dead. */
  readonly first: Endings;
  /** The trouble gone, and the command given once more unless it had said that all is well. */
  readonly again: Endings;
}

export const peersReportFile = 'reports/peers.json';

/** A chapter of `docs/reliability.md`. */
export function describePeers({ tools }: PeersReport): string {
  const troubles = tools[0]?.rows ?? [];
  const rows = troubles.flatMap(({ trouble }) => tools.flatMap((tool) => rowOf(tool, trouble)));
  return [
    setting,
    tools
      .map(
        ({ name, says, counts }) => `- *${name}*: ${says}; ${counts.request} requests, ${counts.write} of them writes`,
      )
      .join('\n'),
    judged,
    table(
      ['tool', 'trials', 'mixed at first', 'of these silent', 'mixed after another try', 'of these silent'],
      tools.map(totalOf),
    ),
    table(['what goes wrong', 'tool', 'trials', 'at first', 'after another try'], rows),
    troubles.map(({ trouble, says }) => `- *${trouble}*: ${says}`).join('\n'),
  ].join('\n\n');
}

const setting = `An application of ten objects in each of three clusters (real API servers, \`npm run lab\`), good in version 1. A bad
deploy changes seven objects, deletes two and adds two; then it is rolled back, and something goes wrong at one request,
counted by a proxy between tool and servers. Half of the trials strike at a request, half at a write, evenly spread over
those of a rollback in which nothing goes wrong:`;

const judged = `Judged by the objects' content in all clusters, without status, field owners and what the server keeps: *back* (version 1
everywhere), *unchanged* (the bad state everywhere), *mixed*: version 1 with something left that the deploy had added,
or else *half-done*. *At first*: when the command has ended, or is dead; nobody restarts anything. *After another try*:
the trouble is gone (an edit stays), a killed worker is started, and the command is given once more, unless it had said
that all is well. *Silent*: it said so (exit code 0; Belay: \`restored\`), and the content is not version 1. A script
ends at the first command that fails. Belay gives a cluster that is away ten seconds (\`unreachable.wait\`), the restored
state a minute to be healthy (\`deadline\`), and a run that waits for a person a minute to go on by itself; it is asked
through the library that is behind \`belay rollback\`. A run of Belay that waits for a person counts as found. The published
run was made on two busy processors, and an error of the script ended it early for two of the tools: fewer trials than
its 20 per trouble.`;

function rowOf({ name, rows }: PeerTool, trouble: string): readonly (readonly string[])[] {
  const own = rows.filter((row) => row.trouble === trouble);
  return own.map(({ trials, first, again }) => [trouble, name, String(trials), tell(first), tell(again)]);
}

function tell(found: Endings): string {
  const told = endings.flatMap((ending) => {
    const { trials = 0, silent = 0 } = found[ending] ?? {};
    return trials === 0 ? [] : [`${trials} ${ending}${silent === 0 ? '' : ` (${silent} silent)`}`];
  });
  return told.join(', ');
}

function totalOf({ name, rows }: PeerTool): readonly string[] {
  const trials = rows.reduce((all, row) => all + row.trials, 0);
  const [first, again] = [rows.map((row) => row.first), rows.map((row) => row.again)].map(mixedIn);
  return [name, ...[trials, first?.trials, first?.silent, again?.trials, again?.silent].map(String)];
}

/** Neither version, in all clusters together. */
function mixedIn(found: readonly Endings[]): { readonly trials: number; readonly silent: number } {
  const mixed = found.flatMap((one) => [one['half-done'], one['additions left']]);
  const count = (of: 'trials' | 'silent') => mixed.reduce((all, counted) => all + (counted?.[of] ?? 0), 0);
  return { trials: count('trials'), silent: count('silent') };
}
