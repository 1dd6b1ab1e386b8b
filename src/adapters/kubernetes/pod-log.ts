import { isPortError } from '../../ports/port-error.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';
import { describeRef, objectPath } from './paths.ts';
import type { ReadOptions } from './reads.ts';

/** Servers count from the first of the lines that are asked for. */
const mostBytes = 64 * 1024;
/** API servers ask a kubelet, which may be gone. */
const patience = 2000;

interface LogQuestion {
  readonly pod: ObjectRef;
  readonly container: string;
  readonly lines: number;
}

export async function readLogTail(
  { client, discovery }: Pick<ReadOptions, 'client' | 'discovery'>,
  { pod, container, lines }: LogQuestion,
): Promise<string | undefined> {
  try {
    return await client.text({
      method: 'GET',
      path: `${objectPath(await discovery.resolve(pod), pod)}/log`,
      query: { container, tailLines: String(lines), limitBytes: String(mostBytes) },
      accept: 'text/plain, */*',
      effect: 'read',
      timeout: patience,
      subject: { action: `read the log of ${describeRef(pod)}`, kind: pod.kind },
    });
  } catch (error) {
    if (isPortError(error)) return undefined;
    throw error;
  }
}
