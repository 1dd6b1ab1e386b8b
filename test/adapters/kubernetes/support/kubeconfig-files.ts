import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUp } from './rig.ts';

export interface Folder {
  readonly path: string;
  write(name: string, content: unknown): Promise<string>;
}

/** Gone after the test. */
export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'belay-kubeconfig-'));
  cleanUp(() => rm(path, { recursive: true }));
  return {
    path,
    async write(name, content) {
      const file = join(path, name);
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
      return file;
    },
  };
}

/** One context, `main`. */
export function kubeconfig(cluster: Record<string, unknown>, user: Record<string, unknown>) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'main',
    contexts: [{ name: 'main', context: { cluster: 'one', user: 'me' } }],
    clusters: [{ name: 'one', cluster }],
    users: [{ name: 'me', user }],
  };
}
