import { Client, credentials, status } from '@grpc/grpc-js';
import type { ProbeAnswer } from '../../ports/probe.ts';
import type { ProbeCheck } from '../../schema/detect.ts';
import { bad, good, type Trust } from './trust.ts';

type GrpcCheck = Extract<ProbeCheck, { kind: 'grpc' }>;

const method = '/grpc.health.v1.Health/Check';

/** The standard health service says SERVING of the service, or of the server where none is named. */
export async function probeGrpc(
  { address, service, tls }: GrpcCheck,
  { ca }: Trust,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const trusted = ca === undefined ? null : Buffer.from(ca);
  const client = new Client(address, tls ? credentials.createSsl(trusted) : credentials.createInsecure());
  try {
    return await check(client, service, signal);
  } finally {
    client.close();
  }
}

function check(client: Client, service: string, signal: AbortSignal): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(method, requestBytes, statusOf, service, (error, said) => {
      resolve(error ? answerOfError(error.code) : answerOfStatus(said));
    });
    signal.addEventListener('abort', () => {
      call.cancel();
      reject(signal.reason);
    });
  });
}

function answerOfError(code: status): ProbeAnswer {
  return bad(words[code] ?? 'NoAnswer', `gRPC status ${status[code]}`);
}

function answerOfStatus(said = 0): ProbeAnswer {
  const name = statuses[said] ?? 'unknown status';
  return name === 'SERVING' ? good : bad('NotServing', name);
}

const words: Readonly<Partial<Record<status, string>>> = {
  [status.NOT_FOUND]: 'NoSuchService',
  [status.UNIMPLEMENTED]: 'NoHealthService',
  [status.UNAVAILABLE]: 'Unavailable',
};

const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** `HealthCheckRequest { string service = 1 }`: a field's tag, the length of the text, the text. */
function requestBytes(service: string): Buffer {
  const text = Buffer.from(service);
  return text.length === 0 ? text : Buffer.concat([Buffer.from([0x0a, ...varint(text.length)]), text]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** `HealthCheckResponse { ServingStatus status = 1 }`; what is left out is 0. */
function statusOf(bytes: Buffer): number {
  return bytes[0] === 0x08 ? (bytes[1] ?? 0) : 0;
}
