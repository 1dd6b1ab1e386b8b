/** One term of a label selector; all of a selector's terms must hold. */
export type Requirement =
  | { readonly kind: 'in' | 'notIn'; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'exists' | 'absent'; readonly key: string }
  | { readonly kind: 'above' | 'below'; readonly key: string; readonly bound: number };

export type Selector = readonly Requirement[];

const key = '((?:[A-Za-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)';
const value = '([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?';

const forms: readonly (readonly [form: RegExp, read: (key: string, rest: string) => Requirement])[] = [
  [new RegExp(`^${key}$`), (name) => ({ kind: 'exists', key: name })],
  [new RegExp(`^!\\s*${key}$`), (name) => ({ kind: 'absent', key: name })],
  [new RegExp(`^${key}\\s*==?\\s*${value}$`), (name, rest) => ({ kind: 'in', key: name, values: [rest] })],
  [new RegExp(`^${key}\\s*!=\\s*${value}$`), (name, rest) => ({ kind: 'notIn', key: name, values: [rest] })],
  [new RegExp(`^${key}\\s+in\\s*\\(([^()]*)\\)$`), (name, rest) => ({ kind: 'in', key: name, values: listed(rest) })],
  [
    new RegExp(`^${key}\\s+notin\\s*\\(([^()]*)\\)$`),
    (name, rest) => ({ kind: 'notIn', key: name, values: listed(rest) }),
  ],
  [new RegExp(`^${key}\\s*>\\s*(-?\\d+)$`), (name, rest) => ({ kind: 'above', key: name, bound: Number(rest) })],
  [new RegExp(`^${key}\\s*<\\s*(-?\\d+)$`), (name, rest) => ({ kind: 'below', key: name, bound: Number(rest) })],
];

const oneValue = new RegExp(`^${value}$`);

/** Kubernetes' text form (`app=shop,tier in (web,api),!legacy`); throws an Error that names the term it cannot read. */
export function parseSelector(text: string): Selector {
  return terms(text).map(parseTerm);
}

/** Commas inside parentheses belong to a term. An empty selector has none and matches everything. */
function terms(text: string): readonly string[] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^()]*\))/).map((term) => term.trim());
}

function parseTerm(term: string): Requirement {
  for (const [form, read] of forms) {
    const found = form.exec(term);
    if (found) return checked(read(found[1] ?? '', found[2] ?? ''), term);
  }
  throw new Error(`cannot read the label selector term "${term}"`);
}

function listed(text: string): readonly string[] {
  return text.split(',').map((one) => one.trim());
}

function checked(requirement: Requirement, term: string): Requirement {
  if (!('values' in requirement) || requirement.values.every((one) => oneValue.test(one))) return requirement;
  throw new Error(`cannot read a value of the label selector term "${term}"`);
}

export function matches(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  return selector.every((requirement) => holds(requirement, labelOf(labels, requirement.key)));
}

function labelOf(labels: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

function holds(requirement: Requirement, label: string | undefined): boolean {
  switch (requirement.kind) {
    case 'in':
      return label !== undefined && requirement.values.includes(label);
    case 'notIn':
      return label === undefined || !requirement.values.includes(label);
    case 'exists':
      return label !== undefined;
    case 'absent':
      return label === undefined;
    case 'above':
      return isInteger(label) && Number(label) > requirement.bound;
    case 'below':
      return isInteger(label) && Number(label) < requirement.bound;
  }
}

function isInteger(label: string | undefined): boolean {
  return label !== undefined && /^-?\d+$/.test(label);
}
