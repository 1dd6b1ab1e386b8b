/**
 * Deploys the shop without kubectl. It knows nothing of Belay: any command can be guarded.
 *
 *   node dist/examples/shop/deploy.js --kubeconfig ~/.kube/config --contexts eu,us,ap --namespace shop --version v2
 */
import { parseArgs } from 'node:util';
import { applyVersion } from './apply.ts';

const { values } = parseArgs({
  options: {
    version: { type: 'string' },
    kubeconfig: { type: 'string', default: process.env.KUBECONFIG ?? '' },
    contexts: { type: 'string', default: 'eu,us,ap' },
    namespace: { type: 'string', default: 'shop' },
    manifests: { type: 'string', default: 'examples/shop' },
  },
});

try {
  const { version, kubeconfig, contexts } = values;
  if (version === undefined || kubeconfig === '') throw new Error('give --version, and --kubeconfig or KUBECONFIG');
  await applyVersion({ ...values, version, contexts: contexts.split(',') });
} catch (error) {
  process.stderr.write(`deploy: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
