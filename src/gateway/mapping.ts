import type { ApplicationName } from '../client/index.ts';
import { parseName } from './parse.ts';
import { refuse } from './refusal.ts';
import type { Mapping } from './settings.ts';
import { fillIn } from './template.ts';

export interface Mapped {
  readonly name: ApplicationName;
  readonly reason: string | undefined;
  readonly revision: string | undefined;
  readonly cluster: string | undefined;
}

/** Reads a foreign document as the configuration says. Throws `Refusal` that names what is missing in it. */
export function mapDocument(mapping: Mapping, document: unknown): Mapped {
  return {
    name: nameIn(mapping.application, document),
    reason: optional(mapping.reason, document),
    revision: optional(mapping.revision, document),
    cluster: optional(mapping.cluster, document),
  };
}

function nameIn(template: string, document: unknown): ApplicationName {
  const filled = fillIn(template, document);
  if ('missing' in filled) return unmapped(`it has no "${filled.missing}", which says whose failure it is`);
  return parseName(filled.text) ?? unmapped(`"${template}" does not fill in to <environment>/<application>`);
}

function optional(template: string | undefined, document: unknown): string | undefined {
  const filled = template === undefined ? undefined : fillIn(template, document);
  return filled && 'text' in filled && filled.text !== '' ? filled.text : undefined;
}

function unmapped(detail: string): never {
  refuse({ status: 422, type: 'unmapped', title: 'No application can be told from it', detail });
}
