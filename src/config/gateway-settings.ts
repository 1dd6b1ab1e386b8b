import type { GatewaySettings, Sender } from '../gateway/index.ts';
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';
import type { GatewayConfig } from './gateway-schema.ts';
import { fileProblem, readText } from './read-text.ts';

type SecretPlace = GatewayConfig['senders'][number]['secrets'][number];

/** Reads secrets and certificates; throws `ConfigError` that names where, and quotes none of them. */
export async function gatewaySettings(gateway: GatewayConfig, env: Environment): Promise<GatewaySettings> {
  const { listen, tls, senders, alertmanager, cloudevents } = gateway;
  const read = await Promise.all(senders.map((sender) => readSecrets(sender, env)));
  rejectShared(read);
  return {
    listen: addressOf(listen),
    tls: tls === undefined ? null : { cert: await readPem(tls.cert), key: await readPem(tls.key) },
    senders: read,
    alertmanager: alertmanager ?? null,
    cloudevents: cloudevents ?? null,
  };
}

function addressOf(listen: string): GatewaySettings['listen'] {
  const colon = listen.lastIndexOf(':');
  return { host: listen.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(listen.slice(colon + 1)) };
}

async function readSecrets(sender: GatewayConfig['senders'][number], env: Environment): Promise<Sender> {
  return { ...sender, secrets: await Promise.all(sender.secrets.map((place) => readSecret(place, env))) };
}

/** Sixteen characters of base64 are 96 bits; what a bearer sends has no blanks. */
const form = /^[\x21-\x7e]{16,1000}$/;

async function readSecret(place: SecretPlace, env: Environment): Promise<string> {
  const shown = 'env' in place ? `environment variable ${place.env}` : place.file;
  const text = 'env' in place ? (env[place.env] ?? '') : await readText({ path: place.file, shown, limit: 4096 });
  const secret = text.trim();
  if (form.test(secret)) return secret;
  const what = secret === '' ? 'holds no secret' : 'is no usable secret';
  const fix = 'give at least 16 printable characters without blanks, such as openssl rand -hex 32 prints';
  throw new ConfigError([fileProblem(shown, what, fix)]);
}

/** A secret says who sends. */
function rejectShared(senders: readonly Sender[]): void {
  const owners = new Map<string, string>();
  for (const { name, secrets } of senders) {
    for (const secret of secrets) {
      const owner = owners.get(secret) ?? name;
      owners.set(secret, name);
      if (owner === name) continue;
      const what = `senders ${owner} and ${name} have the same secret`;
      throw new ConfigError([fileProblem('gateway.senders', what, 'give each a secret of its own')]);
    }
  }
}

function readPem(path: string): Promise<string> {
  return readText({ path, shown: path, limit: 1_048_576 });
}
