import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { saveHistory } from './temporal.ts';

/** Histories of real runs that the workflows of every later version must replay. */
export const historiesFolder = fileURLToPath(new URL('../replay/histories', import.meta.url));

/** Keeps a run's history for the replay tests; only when asked to, for recording replaces what older code has written. */
export async function keepHistory(handle: WorkflowHandle, name: string): Promise<void> {
  if (process.env.BELAY_RECORD_HISTORIES !== '1') return;
  await saveHistory(handle, join(historiesFolder, `${name}.json`));
}
