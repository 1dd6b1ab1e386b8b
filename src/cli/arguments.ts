import { hostname, userInfo } from 'node:os';
import { InvalidArgumentError } from 'commander';
import type { ApplicationName } from '../client/index.ts';

const name = /^([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)$/;

/** `<environment>/<application>` */
export function parseApplication(text: string): ApplicationName {
  const [, environment, application] = name.exec(text) ?? [];
  if (environment === undefined || application === undefined) {
    throw new InvalidArgumentError('write <environment>/<application>, such as production/shop');
  }
  return { environment, application };
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new InvalidArgumentError('must be a port number');
  return port;
}

export function parseName(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('must not be empty');
  return text;
}

/** Who runs this command, for the record. */
export function whoAmI(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A container's user may have no name.
    return `uid ${process.getuid?.() ?? '?'}@${hostname()}`;
  }
}
