import type { JsonObject } from '../../src/sandbox/index.ts';
import type { Version } from '../support/tools.ts';

/** What only some versions have, or have otherwise. */
const versions = {
  v1: { mode: 'calm', port: 80, web: 'web:v1', api: 'api:v1', flags: ['old-flags', 'banner'] },
  /** The image of `web` does not exist. */
  v2: { mode: 'wild', port: 8080, web: 'web:v2-pull-error', api: 'api:v2', flags: ['new-flags', 'promotions'] },
} as const satisfies Record<Version, unknown>;

/** Ten objects; v2 changes seven of v1's, has two no more and two new ones. */
export function applicationOf(namespace: string, version: Version): JsonObject[] {
  const { mode, port, web, api, flags } = versions[version];
  const object = (type: string, name: string, content: JsonObject): JsonObject => {
    const [kind = '', ...group] = type.split('/').reverse();
    return { apiVersion: group.reverse().join('/'), kind, metadata: { name, labels: { app: namespace } }, ...content };
  };
  const configMap = (name: string, data: JsonObject) => object('v1/ConfigMap', name, { data });
  const workload = (name: string, image: string) => {
    const labels = { run: name };
    const spec = { containers: [{ name, image: `registry.example/${image}` }] };
    return object('apps/v1/Deployment', name, {
      spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
  };
  return [
    configMap('settings', { mode, limit: '10' }),
    configMap('routes', { default: `/${mode}` }),
    configMap('texts', { title: 'Shop' }),
    configMap('limits', { rate: mode === 'calm' ? '10' : '1000', ...(mode === 'calm' ? {} : { burst: '5000' }) }),
    ...flags.map((name) => configMap(name, { flag: name })),
    object('v1/Secret', 'payment', { type: 'Opaque', stringData: { key: mode } }),
    object('v1/Service', 'web', { spec: { selector: { run: 'web' }, ports: [{ port }] } }),
    workload('web', web),
    workload('api', api),
  ];
}
