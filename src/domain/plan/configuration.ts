import type { PlanItem } from '../../schema/stored.ts';
import { groupKind } from '../kubernetes/kinds.ts';
import { fieldUnder } from './change.ts';

/** Whether pods would read something else once the item is restored. */
export function configures({ ref, verdict, fields }: Pick<PlanItem, 'ref' | 'verdict' | 'fields'>): boolean {
  const kind = groupKind(ref);
  if (kind !== 'ConfigMap' && kind !== 'Secret') return false;
  if (verdict === 'create' || verdict === 'recreate') return true;
  return verdict === 'update' && fieldUnder(fields, ['/data', '/binaryData']) !== undefined;
}
