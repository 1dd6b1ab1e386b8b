import { createKeyRing, type MasterKey } from '../../src/adapters/key-ring.ts';
import { isPortError, type PortError } from '../../src/ports/port-error.ts';

export function testKey(id: string, filling: number): MasterKey {
  return { id, bytes: new Uint8Array(32).fill(filling) };
}

export const oldKey = testKey('k-old', 1);
export const newKey = testKey('k-new', 2);
export const oldRing = createKeyRing([oldKey]);
/** After a rotation: the new key seals, both open. */
export const rotatedRing = createKeyRing([newKey, oldKey]);

/** The `PortError` that an action ends with. */
export async function portErrorOf(action: () => unknown): Promise<PortError> {
  try {
    await action();
  } catch (error) {
    if (isPortError(error)) return error;
    throw error;
  }
  throw new Error('expected a PortError, and the action succeeded');
}
