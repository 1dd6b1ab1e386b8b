import { readFile } from 'node:fs/promises';
import { isEncrypted } from './belay-config.ts';
import type { TemporalConfig } from './belay-file-schema.ts';
import { throwUnreadable } from './read-text.ts';

/** What `Connection.connect` and `NativeConnection.connect` both take. */
export interface TemporalConnectionOptions {
  readonly address: string;
  readonly tls?: boolean | TlsOptions;
  readonly apiKey?: string;
}

interface TlsOptions {
  readonly serverNameOverride?: string;
  readonly serverRootCACertificate?: Buffer;
  readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer };
}

/** Reads the certificates; throws `ConfigError` naming the file that cannot be read. */
export async function temporalConnectionOptions(temporal: TemporalConfig): Promise<TemporalConnectionOptions> {
  const { address, apiKey } = temporal;
  const tls = await tlsOptions(temporal);
  return { address, ...(tls === undefined ? {} : { tls }), ...(apiKey === undefined ? {} : { apiKey }) };
}

async function tlsOptions(temporal: TemporalConfig): Promise<boolean | TlsOptions | undefined> {
  const { tls } = temporal;
  if (typeof tls !== 'object') return isEncrypted(temporal) ? true : undefined;
  const { ca, clientCert, clientKey, serverName } = tls;
  const pair = clientCert === undefined || clientKey === undefined ? undefined : await readPair(clientCert, clientKey);
  return {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(ca === undefined ? {} : { serverRootCACertificate: await readPem(ca) }),
    ...(pair === undefined ? {} : { clientCertPair: pair }),
  };
}

async function readPair(cert: string, key: string): Promise<{ crt: Buffer; key: Buffer }> {
  return { crt: await readPem(cert), key: await readPem(key) };
}

function readPem(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => throwUnreadable({ shown: path }, error));
}
