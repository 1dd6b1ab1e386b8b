import { basename } from 'node:path';
import { PortError } from '../../ports/port-error.ts';
import { objectAt, textAt } from './json-access.ts';
import type { Selection } from './kubeconfig-document.ts';

/** Throws `PortError` `invalid` for whatever would weaken the connection or run a command that was not agreed to. */
export function checkSelection(selection: Selection, execAllowList: readonly string[]): void {
  checkServer(selection.place, textAt(selection.cluster, 'server'));
  for (const [field, fix] of REFUSED_OF_CLUSTER)
    if (isGiven(selection.cluster[field])) refuse(selection.place, field, fix);
  for (const [field, fix] of REFUSED_OF_USER) if (isGiven(selection.user[field])) refuse(selection.place, field, fix);
  if (isGiven(selection.user.exec)) checkExec(selection, execAllowList);
}

const REFUSED_OF_CLUSTER: readonly (readonly [string, string])[] = [
  ['insecure-skip-tls-verify', 'remove it and give certificate-authority-data'],
  ['proxy-url', 'remove it: connections are direct'],
];

const REFUSED_OF_USER: readonly (readonly [string, string])[] = [
  ['auth-provider', 'use a token, tokenFile, client certificate or exec'],
  ['username', 'API servers dropped passwords: use a token, tokenFile, client certificate or exec'],
  ['as-groups', 'only "as" is supported'],
  ['as-uid', 'only "as" is supported'],
  ['as-user-extra', 'only "as" is supported'],
];

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== '';
}

function checkExec({ place, user }: Selection, execAllowList: readonly string[]): void {
  const command = basename(textAt(objectAt(user, 'exec'), 'command') ?? '');
  if (execAllowList.includes(command)) return;
  refuse(place, 'exec', `it runs the command "${command}": add it to execAllowList if it may`);
}

export function checkServer(place: string, server: string | undefined): void {
  const url = URL.canParse(server ?? '') ? new URL(server ?? '') : undefined;
  if (!url || !['https:', 'http:'].includes(url.protocol))
    refuse(place, 'server', 'give a URL such as https://host:6443');
  else if (url.username || url.password || url.search || url.hash)
    refuse(place, 'server', 'give scheme, host, port and path only');
  else if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    refuse(place, 'server', 'plain http is only for loopback addresses: use https');
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

function refuse(place: string, field: string, fix: string): never {
  throw new PortError('invalid', `${place}: ${field} is refused: ${fix}`, {
    reason: 'KubeconfigRefused',
    fields: [field],
  });
}
