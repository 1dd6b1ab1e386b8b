import type { Evidence } from '../schema/verdict.ts';

const longest = 160;

/** `us/checkout ImagePullBackOff: registry/checkout:v2 not found`: what a person needs to know first. */
export function describeEvidence(target: string, evidence: Evidence | undefined): string {
  if (!evidence) return `${target} is failing`;
  const name = evidence.object.slice(evidence.object.indexOf('/') + 1);
  return `${target}/${name} ${evidence.reason}: ${shorten(evidence.message)}`;
}

/** Kubelets say three times over that an image is not there; the image and the answer are enough. */
function shorten(message: string): string {
  const image = /image "([^"]+)"/.exec(message)?.[1];
  const answer = /not found|denied|unauthorized|manifest unknown|invalid reference/i.exec(message)?.[0];
  if (image && answer) return `${image} ${answer}`;
  if (image && /pull/i.test(message)) return `${image} cannot be pulled`;
  return message.length <= longest ? message : `${message.slice(0, longest - 1)}…`;
}
