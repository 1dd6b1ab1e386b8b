import { encode, fill, type Json, type JsonObject, objectAt, put, textAt } from './json.ts';
import { labelsOf, nameOf, uidOf } from './meta.ts';
import { labelSelectorMatches } from './selectors.ts';
import type { Cause } from './status-errors.ts';

const UID_LABEL = 'batch.kubernetes.io/controller-uid';
const NAME_LABEL = 'batch.kubernetes.io/job-name';

const isManual = (job: JsonObject): boolean => objectAt(job, 'spec').manualSelector === true;

/** A Job selects its pods by its own uid. What the request says stays, to be refused by `jobSelectorCauses`. */
export function nameJobSelector(draft: JsonObject): void {
  if (isManual(draft)) return;
  const uid = uidOf(draft);
  const generated = {
    [UID_LABEL]: uid,
    [NAME_LABEL]: nameOf(draft),
    'controller-uid': uid,
    'job-name': nameOf(draft),
  };
  for (const path of [
    ['metadata', 'labels'],
    ['spec', 'template', 'metadata', 'labels'],
  ]) {
    const labels = { ...objectAt(draft, ...path) };
    fill(labels, generated);
    put(draft, path, labels);
  }
  fill(objectAt(draft, 'spec'), { selector: { matchLabels: { [UID_LABEL]: uid } } });
}

/** What is wrong with the selector of a new Job: only a generated one selects nothing else's pods. */
export function jobSelectorCauses(draft: JsonObject): Cause[] {
  if (isManual(draft)) return [];
  const labels = labelsOf(objectAt(draft, 'spec', 'template'));
  const selector = objectAt(draft, 'spec', 'selector');
  const isGenerated = textAt(selector, 'matchLabels', UID_LABEL) === uidOf(draft);
  const isMatching = labelSelectorMatches(selector, labels);
  return [
    ...labelCauses(labels, UID_LABEL, uidOf(draft)),
    ...labelCauses(labels, NAME_LABEL, nameOf(draft)),
    ...(isGenerated ? [] : [invalid('spec.selector', selector, '`selector` not auto-generated')]),
    ...(isMatching ? [] : [invalid(TEMPLATE_LABELS, labels, '`selector` does not match template `labels`')]),
  ];
}

const TEMPLATE_LABELS = 'spec.template.metadata.labels';

function labelCauses(labels: JsonObject, key: string, expected: string): Cause[] {
  return labels[key] === expected ? [] : [invalid(`${TEMPLATE_LABELS}[${key}]`, labels, `must be '${expected}'`)];
}

function invalid(field: string, value: Json, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${encode(value)}: ${why}`, field };
}
