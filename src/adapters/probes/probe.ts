import type { Probe } from '../../ports/probe.ts';
import { probeGrpc } from './grpc-probe.ts';
import { probeHttp } from './http-probe.ts';
import { probeTcp } from './tcp-probe.ts';
import { answerOf, type Trust } from './trust.ts';

/** Asks over the network this process is in. */
export function createProbe(trust: Trust = {}): Probe {
  return (check, timeout) => {
    switch (check.kind) {
      case 'http':
        return answerOf(timeout, (signal) => probeHttp(check, trust, signal));
      case 'tcp':
        return answerOf(timeout, (signal) => probeTcp(check.address, signal));
      case 'grpc':
        return answerOf(timeout, (signal) => probeGrpc(check, trust, signal));
    }
  };
}
