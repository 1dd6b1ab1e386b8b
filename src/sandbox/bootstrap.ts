import { createObject } from './create-object.ts';
import type { WriteOptions } from './draft.ts';
import type { JsonObject } from './json.ts';
import { builtInKind } from './registry.ts';
import type { ClusterState } from './state.ts';

/** Makes what every cluster has from its first moment. */
export function bootstrap(state: ClusterState): void {
  for (const name of ['default', 'kube-system']) makeNamespace(state, name);
}

function makeNamespace(state: ClusterState, name: string): void {
  const body: JsonObject = { kind: 'Namespace', apiVersion: 'v1', metadata: { name } };
  const place = { kind: builtInKind('namespaces'), namespace: '', name: '', subresource: '' } as const;
  const options: WriteOptions = { manager: 'kube-apiserver', dryRun: 'none', fieldValidation: 'Ignore' };
  createObject(state, place, body, options);
}
