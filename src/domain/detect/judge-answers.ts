import type { Judgement } from './judge-values.ts';

/** How many answers in a row were bad, or not to be had. */
export interface Row {
  readonly bad: number;
  readonly unknown: number;
}

export const noRow: Row = { bad: 0, unknown: 0 };

type Answer =
  | { readonly kind: 'good' }
  | { readonly kind: 'bad' | 'unknown'; readonly reason: string; readonly message: string };

/** One answer more. What nobody could ask leaves a row of bad answers as it is: it says neither that nor the contrary. */
export function addToRow({ bad, unknown }: Row, { kind }: Answer): Row {
  if (kind === 'good') return noRow;
  return kind === 'bad' ? { bad: bad + 1, unknown: 0 } : { bad, unknown: unknown + 1 };
}

/** What the latest answer means at the end of its row. */
export function judgeAnswer(name: string, consecutive: number, row: Row, latest: Answer): Judgement {
  if (latest.kind === 'good') return { verdict: 'healthy', evidence: [] };
  const { reason, message } = latest;
  const evidence = [{ object: name, reason, message }];
  if (latest.kind === 'bad') return { verdict: row.bad >= consecutive ? 'failing' : 'progressing', evidence };
  return { verdict: row.unknown >= consecutive ? 'inconclusive' : 'progressing', evidence };
}
