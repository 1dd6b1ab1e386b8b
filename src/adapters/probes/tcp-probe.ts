import { once } from 'node:events';
import { connect } from 'node:net';
import type { ProbeAnswer } from '../../ports/probe.ts';
import { good } from './trust.ts';

/** Somebody accepts connections there. */
export async function probeTcp(address: string, signal: AbortSignal): Promise<ProbeAnswer> {
  const socket = connect({ ...endpointOf(address), signal });
  try {
    await once(socket, 'connect', { signal });
    return good;
  } finally {
    socket.destroy();
  }
}

function endpointOf(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}
