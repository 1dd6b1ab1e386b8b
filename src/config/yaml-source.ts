import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { ConfigError, type ConfigProblem, type Place } from './config-error.ts';
import { readText, type TextFile } from './read-text.ts';

export type Path = readonly PropertyKey[];

/** A parsed YAML file that can still say where each value stands. */
export interface YamlSource {
  readonly shown: string;
  readonly value: unknown;
  /** Of the value at `path`, or of the nearest thing around it that exists. */
  placeOf(path: Path): Place;
  /** Of the key itself: for keys that should not be there. */
  placeOfKey(path: Path, key: string): Place;
}

const oneMebibyte = 1024 * 1024;

/** People reuse a scope by an anchor some times, a bomb does so millions of times. */
const maxAliases = 100;

/** The parser's stack and memory grow with nesting; nothing we read nests deeper than ten. */
const maxNesting = 100;

/** Reads one YAML (or JSON) document. Throws `ConfigError` with everything that is wrong with it as YAML. */
export async function readYaml(path: string, shown: string = path): Promise<YamlSource> {
  const file: TextFile = { path, shown, limit: oneMebibyte };
  return parseYaml(await readText(file), shown);
}

export function parseYaml(text: string, shown: string): YamlSource {
  refuseDeepNesting(text, shown);
  const lines = new LineCounter();
  // The library's own check for repeated keys compares all pairs: 45 s for a map of 60,000.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const place = placeIn(lines);
  const problems = [...syntaxProblems(document, place), ...repeatedKeys(document, place)];
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => ({ ...problem, file: shown })));
  return {
    shown,
    value: toValue(document, shown, place),
    placeOf: (path) => place(nearestOffset(document.contents, path)),
    placeOfKey: (path, key) => place(keyOffset(document, path, key)),
  };
}

type PlaceAt = (offset: number) => Place;
type Unfiled = Omit<ConfigProblem, 'file'>;

function placeIn(lines: LineCounter): PlaceAt {
  return (offset) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
}

export function refuseDeepNesting(text: string, shown: string): void {
  const line = text.split('\n').findIndex((candidate) => isDeep(candidate));
  if (line === -1 && flowDepth(text) <= maxNesting) return;
  const place = line === -1 ? null : { line: line + 1, column: 1 };
  throw new ConfigError([{ file: shown, place, field: '', what: 'is nested too deeply', fix: 'write it flatter' }]);
}

function isDeep(line: string): boolean {
  return line.length > maxNesting && /^\s*(?:[-?:]\s+){100}/.test(line.slice(0, 100_000));
}

/** Brackets within text count too: good enough to tell a bomb. */
function flowDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = Math.max(0, depth + (bracket === '[' || bracket === '{' ? 1 : -1));
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function syntaxProblems(document: Document, place: PlaceAt): Unfiled[] {
  return [...document.errors, ...document.warnings].map((error) => ({
    place: place(error.pos[0]),
    field: '',
    what: `is not valid YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`,
    fix: error.message.replace(/\.?$/, ''),
  }));
}

function repeatedKeys(document: Document, place: PlaceAt): Unfiled[] {
  const problems: Unfiled[] = [];
  visit(document, {
    Map(_, map) {
      problems.push(...repeatsIn(map, place));
    },
  });
  return problems;
}

function repeatsIn(map: YAMLMap, place: PlaceAt): Unfiled[] {
  const seen = new Set<string>();
  return map.items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const name = String(key.value);
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const fix = 'keep one of the two';
    return [{ place: place(key.range?.[0] ?? 0), field: name, what: 'duplicate key', fix }];
  });
}

function toValue(document: Document.Parsed, shown: string, place: PlaceAt): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch {
    const fix = `use an anchor at most ${maxAliases} times`;
    const problem = { file: shown, place: place(firstAlias(document)), field: '' };
    throw new ConfigError([{ ...problem, what: 'uses too many aliases, or one that is not defined', fix }]);
  }
}

function firstAlias(document: Document): number {
  let offset = 0;
  visit(document, {
    Alias(_, alias) {
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

function nearestOffset(root: ParsedNode | null, path: Path): number {
  let offset = root?.range[0] ?? 0;
  let node: unknown = root;
  for (const key of path) {
    node = childOf(node, key);
    if (!hasRange(node)) break;
    offset = node.range[0];
  }
  return offset;
}

function keyOffset(document: Document.Parsed, path: Path, key: string): number {
  let node: unknown = document.contents;
  for (const part of path) node = childOf(node, part);
  const found = isMap(node) ? node.items.find((pair) => isPair(pair) && keyText(pair.key) === key) : undefined;
  return hasRange(found?.key) ? found.key.range[0] : nearestOffset(document.contents, path);
}

function childOf(node: unknown, key: PropertyKey): unknown {
  if (isAlias(node)) return undefined;
  if (isSeq(node)) return node.items[Number(key)];
  return isMap(node) ? node.items.find((pair) => keyText(pair.key) === String(key))?.value : undefined;
}

function keyText(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

function hasRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}
