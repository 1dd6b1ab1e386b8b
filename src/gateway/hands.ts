import {
  type ApplicationName,
  type ApplicationStatus,
  type BelayClient,
  type Failure,
  pushFailure,
  type ReportAnswer,
  requestRollback,
  status,
} from '../client/index.ts';

/** What the gateway does behind its door. Each throws when Temporal or its workers do not answer. */
export interface Hands {
  report(name: ApplicationName, failure: Failure): Promise<ReportAnswer>;
  /** Back to the last known good. The same `updateId` asks the same run once. */
  rollBack(
    name: ApplicationName,
    why: { readonly by: string; readonly reason: string },
    updateId: string,
  ): Promise<void>;
  status(name: ApplicationName): Promise<ApplicationStatus>;
  reachTemporal(): Promise<void>;
}

export function handsOf(belay: BelayClient): Hands {
  const { namespace, temporal } = belay;
  return {
    report: (name, failure) => pushFailure(belay, name, failure),
    rollBack: async (name, why, updateId) => {
      await requestRollback(belay, name, why, { updateId });
    },
    status: (name) => status(belay, name),
    reachTemporal: async () => {
      const ask = () => temporal.workflowService.describeNamespace({ namespace });
      await temporal.connection.withDeadline(Date.now() + 2000, ask);
    },
  };
}
