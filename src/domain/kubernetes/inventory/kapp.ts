import type { Json, KubeObject } from '../../../schema/json.ts';
import { asList, asText, at } from '../json.ts';
import type { Listing } from './listing.ts';

/** ConfigMaps that may be the record of an application, by version of kapp. */
export function kappRecordNames(application: string): readonly string[] {
  return [`${application}.apps.k14s.io`, application];
}

/** `undefined` when the ConfigMap is no record of kapp's, or one that does not say which kinds it applied. */
export function kappAppOf(record: KubeObject): Listing | undefined {
  const spec = parsed(asText(at(record, 'data', 'spec')));
  const label = asText(at(spec, 'labelKey'));
  const value = asText(at(spec, 'labelValue'));
  if (!label || !value || at(spec, 'usedGKs') === undefined) return undefined;
  const namespaces = asList(at(spec, 'lastChange', 'namespaces')).flatMap((name) => asText(name) || []);
  return { selector: `${label}=${value}`, groupKinds: asList(at(spec, 'usedGKs')).map(groupKindOf), namespaces };
}

function groupKindOf(entry: Json): string {
  const group = asText(at(entry, 'Group')) ?? asText(at(entry, 'group')) ?? '';
  const kind = asText(at(entry, 'Kind')) ?? asText(at(entry, 'kind')) ?? '';
  return group === '' ? kind : `${kind}.${group}`;
}

/** Text that is no JSON says nothing. */
function parsed(text: string | undefined): Json | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}
