import type { ApplicationName } from '../client/index.ts';
import { refuse } from './refusal.ts';
import type { Right, Sender } from './settings.ts';

/** Throws `Refusal`; whether the application exists plays no part. */
export function checkRight(sender: Sender, right: Right, name: ApplicationName): void {
  if (!sender.rights.includes(right)) forbid(`sender ${sender.name} needs the right "${right}"`);
  if (!mayReach(sender, name)) forbid(`"applications" of sender ${sender.name} must name ${shown(name)}`);
}

function mayReach({ applications }: Sender, name: ApplicationName): boolean {
  return applications.some((pattern) => formOf(pattern).test(shown(name)));
}

export function shown({ environment, application }: ApplicationName): string {
  return `${environment}/${application}`;
}

/** Patterns are letters, digits, "-", "/" and "*" only: the configuration sees to it. */
function formOf(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`);
}

function forbid(detail: string): never {
  refuse({ status: 403, type: 'forbidden', title: 'This sender may not do that', detail });
}
