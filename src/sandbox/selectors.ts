import { type JsonObject, objectAt, objectsAt, textAt, textsAt } from './json.ts';
import { labelsOf, nameOf, namespaceOf } from './meta.ts';
import { badRequest } from './status-errors.ts';

export type Matcher = (object: JsonObject) => boolean;
type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** Reads a label selector as it stands in a query: `a=b,c!=d,e in (x,y),f notin (z),g,!h`. */
export function parseLabelSelector(text: string): Matcher {
  const requirements = splitTerms(text).map(parseTerm);
  return (object) => requirements.every((requirement) => holds(requirement, labelsOf(object)));
}

/** Matches labels against a `LabelSelector` object. */
export function labelSelectorMatches(selector: JsonObject, labels: JsonObject): boolean {
  const equalities = Object.entries(objectAt(selector, 'matchLabels')).every(([key, value]) => labels[key] === value);
  return equalities && objectsAt(selector, 'matchExpressions').every((item) => holds(expression(item), labels));
}

function expression(item: JsonObject): Requirement {
  return {
    key: textAt(item, 'key') ?? '',
    operator: (textAt(item, 'operator') ?? 'Exists') as Operator,
    values: textsAt(item, 'values'),
  };
}

/** Splits at commas outside parentheses. */
function splitTerms(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

const KEY = '[A-Za-z0-9][A-Za-z0-9._/-]*';
const SHAPES: readonly { shape: RegExp; operator: Operator }[] = [
  { shape: new RegExp(`^(${KEY})\\s+in\\s+\\(([^)]*)\\)$`), operator: 'In' },
  { shape: new RegExp(`^(${KEY})\\s+notin\\s+\\(([^)]*)\\)$`), operator: 'NotIn' },
  { shape: new RegExp(`^(${KEY})\\s*!=\\s*([^=!,()\\s]*)$`), operator: 'NotIn' },
  { shape: new RegExp(`^(${KEY})\\s*==?\\s*([^=!,()\\s]*)$`), operator: 'In' },
  { shape: new RegExp(`^(${KEY})$`), operator: 'Exists' },
  { shape: new RegExp(`^!\\s*(${KEY})$`), operator: 'DoesNotExist' },
];

function parseTerm(term: string): Requirement {
  for (const { shape, operator } of SHAPES) {
    const found = shape.exec(term);
    if (found !== null)
      return { key: found[1] ?? '', operator, values: (found[2] ?? '').split(',').map((value) => value.trim()) };
  }
  throw badRequest(`unable to parse requirement: found '${term}', expected: !, identifier, or 'end of string'`);
}

function holds({ key, operator, values }: Requirement, labels: JsonObject): boolean {
  const value = labels[key];
  const among = typeof value === 'string' && values.includes(value);
  if (operator === 'In') return among;
  if (operator === 'NotIn') return !among;
  return (value !== undefined) === (operator === 'Exists');
}

type Read = (object: JsonObject) => string;

const COMMON_FIELDS: Record<string, Read> = { 'metadata.name': nameOf, 'metadata.namespace': namespaceOf };

const FIELDS_OF: Record<string, readonly string[]> = {
  '/pods': ['spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
  '/events': [
    'involvedObject.kind',
    'involvedObject.name',
    'involvedObject.namespace',
    'involvedObject.uid',
    'reason',
    'type',
  ],
  '/secrets': ['type'],
  '/namespaces': ['status.phase'],
};

/** Reads a field selector: `metadata.name=x`, and what the table's kind supports. */
export function parseFieldSelector(text: string, table: string): Matcher {
  const terms = splitTerms(text).map((term) => parseField(term, table));
  return (object) => terms.every((matches) => matches(object));
}

function parseField(term: string, table: string): Matcher {
  const [, field = '', operator = '', value = ''] = /^([^=!]+)(==?|!=)(.*)$/.exec(term) ?? [];
  const read = fieldReader(field, table);
  if (read === undefined) {
    throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
  }
  return (object) => (read(object) === value) === (operator !== '!=');
}

function fieldReader(field: string, table: string): Read | undefined {
  if (FIELDS_OF[table]?.includes(field)) return (object) => textAt(object, ...field.split('.')) ?? '';
  return COMMON_FIELDS[field];
}
