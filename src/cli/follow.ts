import { type BelayClient, defaultPatience, followGuard, type GuardEnding, type GuardRun } from '../client/index.ts';
import type { StatusView } from '../schema/status.ts';
import { Interrupts } from './interrupts.ts';
import type { Output } from './output.ts';

export interface Following {
  readonly belay: BelayClient;
  readonly run: GuardRun;
  readonly output: Output;
  /** See `FollowOptions`. */
  readonly decided?: number;
}

/** Follows a run that this command does not deploy for; Ctrl-C stops following, the run goes on. */
export async function followToEnd(
  following: Following,
): Promise<{ readonly ending: GuardEnding; readonly lastView: StatusView | undefined }> {
  const { belay, run, output, decided } = following;
  const detach = new AbortController();
  const interrupts = new Interrupts();
  interrupts.handle(() => detach.abort());
  let lastView: StatusView | undefined;
  const ending = await followGuard(belay, run, {
    signal: detach.signal,
    patience: { ...defaultPatience, onHiccup: (text) => output.emit({ event: 'note', text }) },
    ...(decided === undefined ? {} : { decided }),
    onView: (view) => {
      lastView = view;
      output.progress(view.progress);
    },
  }).finally(() => interrupts.close());
  return { ending, lastView };
}
