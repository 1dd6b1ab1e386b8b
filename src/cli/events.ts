import type { Access } from '../gateway/index.ts';
import type { Phase, RunResult } from '../schema/outcome.ts';
import type { PlanView } from '../schema/plan-view.ts';
import type { ProgressLine } from '../schema/progress.ts';
import type { OpenDecision } from '../schema/status.ts';

/** What a command tells; printed as lines for people, or with `--json` as one object per event. */
export type CliEvent =
  | {
      readonly event: 'started';
      readonly application: string;
      readonly environment: string;
      readonly clusters: readonly string[];
      readonly guardId: string;
      readonly workflowId: string;
      /** Address of the run in Temporal UI, when it is configured. */
      readonly ui: string | null;
    }
  | ({ readonly event: 'progress' } & ProgressLine)
  | { readonly event: 'note'; readonly text: string }
  | ({ readonly event: 'request' } & Access)
  | { readonly event: 'commandStarted'; readonly command: readonly string[] }
  | {
      readonly event: 'commandEnded';
      readonly command: readonly string[];
      /** `exit 1`, `killed by SIGTERM`, `not found`. */
      readonly how: string;
      readonly ok: boolean;
      readonly took: number;
    }
  | { readonly event: 'unready'; readonly reason: string; readonly exit: number }
  | {
      readonly event: 'waiting';
      readonly application: string;
      readonly environment: string;
      readonly phase: Phase;
      readonly decision: OpenDecision | null;
      readonly exit: number;
    }
  | { readonly event: 'ended'; readonly result: RunResult; readonly took: number | null; readonly exit: number }
  | ({ readonly event: 'plan'; readonly exit: number } & PlanView)
  | { readonly event: 'error'; readonly message: string; readonly exit: number };
