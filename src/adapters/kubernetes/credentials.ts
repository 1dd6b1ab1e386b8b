import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { PortError } from '../../ports/port-error.ts';
import type { Credentials } from './connection.ts';

/** client-node reads certificate files anew and checks an exec token's expiry each time it is asked. */
const ASK_EVERY = 10_000;
const READ_TOKEN_EVERY = 60_000;
/** client-node gives an exec command no limit. */
const LONGEST_EXEC = 30_000;

export interface CredentialOptions {
  readonly config: KubeConfig;
  /** Names the file and context in messages. */
  readonly place: string;
  readonly tokenFile?: string | undefined;
  readonly now: () => number;
}

export function createCredentials(options: CredentialOptions): () => Promise<Credentials> {
  const { config, place, tokenFile, now } = options;
  const asking = withoutPlainHttp(config);
  const base = remember(() => limited(askClientNode(asking), place), ASK_EVERY, now);
  const token = tokenFile === undefined ? undefined : tokenReader(tokenFile, options);
  return async () => {
    const [credentials, bearer] = await Promise.all([base(), token?.()]);
    if (bearer === undefined) return credentials;
    return { ...credentials, headers: { ...credentials.headers, authorization: `Bearer ${bearer}` } };
  };
}

/** client-node refuses plain http as a whole; whether it is allowed here is decided by our own rules. */
function withoutPlainHttp(config: KubeConfig): KubeConfig {
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (!cluster || !user) return config;
  const copy = new KubeConfig();
  copy.loadFromClusterAndUser({ ...cluster, server: cluster.server.replace(/^http:/, 'https:') }, user);
  return copy;
}

async function askClientNode(config: KubeConfig): Promise<Credentials> {
  const answer: RequestOptions = {};
  await config.applyToHTTPSOptions(answer);
  const given = Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()]);
  const cert = answer.cert as string | Buffer | undefined;
  const key = answer.key as string | Buffer | undefined;
  return { headers: Object.fromEntries(given), ...(cert && key ? { cert, key } : {}) };
}

/** The cause is left out: it may be a command's output. */
async function limited(work: Promise<Credentials>, place: string): Promise<Credentials> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('too slow')), LONGEST_EXEC);
  });
  try {
    return await Promise.race([work, limit]);
  } catch {
    const text = `${place}: no credentials: its exec command failed, or its certificate files cannot be read`;
    throw new PortError('unavailable', text, { reason: 'Credentials' });
  } finally {
    clearTimeout(timer);
  }
}

/** When reading again fails, the token that is known stays, as with kubectl. */
function tokenReader(file: string, { place, now }: CredentialOptions): () => Promise<string> {
  let last: string | undefined;
  const read = async () => {
    const known = last;
    last = await readToken(file, place).catch((error: unknown) => {
      if (known === undefined) throw error;
      return known;
    });
    return last;
  };
  return remember(read, READ_TOKEN_EVERY, now);
}

async function readToken(file: string, place: string): Promise<string> {
  const token = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
  if (token !== '') return token;
  throw new PortError('unavailable', `${place}: no token in ${file}: check the path and its rights`, {
    reason: 'Credentials',
  });
}

/** One question for all callers. A failure is not kept. */
function remember<T>(ask: () => Promise<T>, every: number, now: () => number): () => Promise<T> {
  let known: { readonly value: Promise<T>; readonly at: number } | undefined;
  return () => {
    if (known && now() - known.at < every) return known.value;
    const value = ask();
    const entry = { value, at: now() };
    known = entry;
    value.catch(() => {
      if (known === entry) known = undefined;
    });
    return value;
  };
}
