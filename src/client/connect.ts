import { Client, Connection, type ConnectionOptions, type DataConverter } from '@temporalio/client';
import { ClientError } from './client-error.ts';
import { grpcCode, grpcReason, isNamed } from './grpc-errors.ts';

/** An open connection to the namespace that Belay's runs live in. */
export interface BelayClient {
  readonly temporal: Client;
  readonly address: string;
  readonly namespace: string;
  close(): Promise<void>;
}

/** Where Temporal is; `connection` is what the SDK's `Connection.connect` takes: TLS, API key. */
export interface TemporalPlace {
  readonly namespace: string;
  readonly connection: ConnectionOptions & { readonly address: string };
}

export interface ConnectOptions {
  /** For payload codecs: must be the worker's. */
  readonly dataConverter?: DataConverter;
}

const connectTimeout = '5s';

/** Throws `ClientError` that names the address or the namespace when there is nothing behind it. */
export async function connect(place: TemporalPlace, options: ConnectOptions = {}): Promise<BelayClient> {
  const { namespace } = place;
  const { address } = place.connection;
  const connection = await open(place);
  try {
    await connection.withDeadline(Date.now() + 5000, () => connection.workflowService.describeNamespace({ namespace }));
  } catch (error) {
    await connection.close();
    throw connectionError(error, place);
  }
  // A closed run is never queried: that would need a worker to replay it, and its result says all.
  const temporal = new Client({ connection, namespace, workflow: { queryRejectCondition: 'NOT_OPEN' }, ...options });
  return { temporal, address, namespace, close: () => connection.close() };
}

async function open(place: TemporalPlace): Promise<Connection> {
  try {
    return await Connection.connect({ ...place.connection, connectTimeout });
  } catch (error) {
    throw connectionError(error, place);
  }
}

function connectionError(error: unknown, { namespace, connection }: TemporalPlace): ClientError {
  const { address, tls } = connection;
  const code = grpcCode(error);
  if (code === 'notFound' || isNamed(error, 'NamespaceNotFoundError')) {
    const fix = 'check temporal.namespace, or create it: temporal operator namespace create';
    return new ClientError('noNamespace', `Temporal at ${address} has no namespace "${namespace}"; ${fix}`, {
      cause: error,
    });
  }
  if (code === 'permissionDenied' || code === 'unauthenticated') {
    const message = `Temporal at ${address} refuses access to namespace "${namespace}": ${grpcReason(error)}; check temporal.apiKey or temporal.tls`;
    return new ClientError('denied', message, { cause: error });
  }
  const encryption = tls === undefined ? 'is it running, and does it want TLS (temporal.tls)?' : 'is it running?';
  return new ClientError('unreachable', `Temporal at ${address} does not answer (${reasonOf(error)}); ${encryption}`, {
    cause: error,
  });
}

function reasonOf(error: unknown): string {
  return grpcReason(error).replace(/\.$/, '').split('\n')[0] ?? '';
}
