import { inject } from 'vitest';
import { describeVectors } from '../conformance/describe-vectors.ts';

/** A real API server with its controllers: all vectors hold here, those of the sandbox among them. */
function server() {
  const [cluster] = inject('lab').clusters;
  if (cluster === undefined) throw new Error('the lab has no cluster');
  const { url, ca, tokens } = cluster.access;
  return { url, ca, headers: { authorization: `Bearer ${tokens.admin}` } };
}

describeVectors(server, () => true);
