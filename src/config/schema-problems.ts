import type { z } from 'zod';
import type { ConfigProblem, Place } from './config-error.ts';
import { didYouMean } from './did-you-mean.ts';
import { keysAt } from './schema-keys.ts';
import type { Path } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;

/** Where a value came from: a place in a file, or an environment variable. */
export interface Origin {
  readonly file: string;
  readonly place: Place | null;
}

export interface Checked {
  readonly schema: z.ZodType;
  readonly value: unknown;
  originOf(path: Path): Origin;
  originOfKey(path: Path, key: string): Origin;
  /** What to say about a key that people try although it does not exist. */
  readonly hints?: Readonly<Record<string, string>>;
}

/** What zod found, in words that name the field, the value and the fix. */
export function problemsOf(issues: readonly Issue[], checked: Checked): ConfigProblem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue, issue.keys, checked);
    return [{ ...checked.originOf(issue.path), field: fieldName(issue.path), ...explain(issue, checked.value) }];
  });
}

function fieldName(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

/** A file of another kind has nothing but unknown keys: the first ones say so. */
const mostUnknownKeys = 20;

function unknownKeys(issue: Issue, keys: readonly string[], checked: Checked): ConfigProblem[] {
  const named = keys.slice(0, mostUnknownKeys).map((key) => unknownKey(issue, key, checked));
  const more = keys.length - named.length;
  if (more === 0) return named;
  const what = `has ${more} more unknown keys`;
  return [
    ...named,
    { ...checked.originOf(issue.path), field: fieldName(issue.path), what, fix: 'is this the right file?' },
  ];
}

function unknownKey(issue: Issue, key: string, checked: Checked): ConfigProblem {
  const field = fieldName([...issue.path, key]);
  const known = keysAt(checked.schema, issue.path);
  const fix = checked.hints?.[field] ?? suggestion(key, known);
  return { ...checked.originOfKey(issue.path, key), field, what: 'unknown key', fix };
}

function suggestion(key: string, known: readonly string[]): string {
  const meant = didYouMean(key, known);
  return meant === undefined ? `remove it; known keys are ${known.join(', ')}` : `did you mean "${meant}"?`;
}

interface Explanation {
  readonly what: string;
  readonly fix: string;
}

const secretSettings = ['apiKey', 'bearerToken'];

function explain(issue: Issue, root: unknown): Explanation {
  // Never quoted, whatever is wrong with them.
  if (secretSettings.includes(String(issue.path.at(-1)))) return { what: 'is not allowed', fix: 'must be text' };
  const value = valueAt(root, issue.path);
  if (value === undefined) return { what: 'is missing', fix: 'add it' };
  switch (issue.code) {
    case 'invalid_type':
      return { what: `is ${kindOf(value)}`, fix: `must be ${expectedWords[issue.expected] ?? issue.expected}` };
    case 'invalid_value':
      return { what: `${shown(value)} is not allowed`, fix: `use one of ${issue.values.map(String).join(', ')}` };
    case 'too_small':
      return { what: sized(value), fix: ownWords(issue) ?? `must have at least ${issue.minimum}` };
    case 'too_big':
      return { what: sized(value), fix: ownWords(issue) ?? `must have at most ${issue.maximum}` };
    default:
      return { what: `${shown(value)} is not allowed`, fix: issue.message };
  }
}

const expectedWords: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** zod's own English starts so; ours names the fix. */
function ownWords(issue: Issue): string | undefined {
  return /^(Too |Invalid )/.test(issue.message) ? undefined : issue.message;
}

function sized(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'is empty' : `has ${value.length} entries`;
  return value === '' ? 'is empty' : `${shown(value)} is not allowed`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of keys';
  return typeof value === 'string' ? `text (${shown(value)})` : `${typeof value} ${shown(value)}`;
}

const longestShown = 60;

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'this list';
  if (typeof value === 'object' && value !== null) return 'this';
  // A name or password in an address is a mistake that is not to be repeated.
  const text = (JSON.stringify(value) ?? String(value)).replace(/:\/\/[^/?#]*@/g, '://…@');
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}
