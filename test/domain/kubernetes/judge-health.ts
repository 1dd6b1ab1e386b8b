import { expect, it } from 'vitest';
import { healthOf } from '../../../src/domain/kubernetes/status.ts';
import type { KubeObject } from '../../../src/schema/json.ts';
import { exact } from './objects.ts';

export type Parts = Record<string, unknown>;
export const of = (apiVersion: string, kind: string, status?: Parts, spec?: Parts, metadata: Parts = {}) =>
  exact({ apiVersion, kind, metadata: { name: 'x', ...metadata }, spec, status });
export const condition = (type: string, status: string, reason = '', message = '') => ({
  type,
  status,
  reason,
  message,
});
export type Case = readonly [title: string, object: KubeObject, kind: string, reason?: string | RegExp];

export function judge(cases: readonly Case[]): void {
  for (const [title, object, kind, reason] of cases) {
    it(title, () => {
      const health = healthOf(object);
      expect(health.kind).toBe(kind);
      if (reason !== undefined) expect('reason' in health && health.reason).toMatch(reason);
    });
  }
}
