// Named imports of this CommonJS package exist for TypeScript, not for Node.
import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { searchAttributes } from './schema/search-attributes.ts';

const types = {
  Keyword: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  Bool: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
  KeywordList: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const;

const shortestRetention = 7 * 24 * 3600;

/**
 * Registers the search attributes that are missing: setting an unregistered one would fail a run's workflow task for
 * ever. Answers warnings; throws with the exact command where the right to register is missing.
 */
export async function prepareNamespace(connection: NativeConnection, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(searchAttributes).filter(([name]) => !(name in (customAttributes ?? {})));
  if (missing.length > 0) await register(connection, namespace, missing);
  return await warnings(connection, namespace);
}

async function register(
  connection: NativeConnection,
  namespace: string,
  missing: readonly (readonly [string, keyof typeof types])[],
): Promise<void> {
  const wanted = Object.fromEntries(missing.map(([name, type]) => [name, types[type]]));
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted });
  } catch (error) {
    const flags = missing.map(([name, type]) => `--name ${name} --type ${type}`).join(' ');
    const command = `temporal operator search-attribute create --namespace ${namespace} ${flags}`;
    throw new Error(`cannot register search attributes (${String(error)}); have it done by: ${command}`);
  }
}

async function warnings(connection: NativeConnection, namespace: string): Promise<string[]> {
  const described = await connection.workflowService.describeNamespace({ namespace });
  const retention = Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  if (retention >= shortestRetention) return [];
  return [
    `namespace ${namespace} keeps histories for ${Math.round(retention / 3600)} h only; the journal keeps the record, Temporal UI will not`,
  ];
}
