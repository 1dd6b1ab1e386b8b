/** Task queues: public names, known to workers, workflows and doors alike. */
export const workflowQueue = 'belay';
export const workQueue = 'belay-work';
export const watchQueue = 'belay-watch';

/** Watchers have a queue of their own, so that a watch never keeps a write waiting for a slot. */
export function watchQueueOf(queue: string): string {
  return queue === workQueue ? watchQueue : `${queue}-watch`;
}

/** The schedule that looks through the journals, and the id its runs begin with. */
export const keepStoreSchedule = 'belay:keep-store';
