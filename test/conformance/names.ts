import type { Json, JsonObject } from './vector.ts';

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const NAME = /\{[a-z]+(?:-\d+)?\}/g;
const ONLY_NAME = /^\{[a-z]+(?:-\d+)?\}$/;

/** Members whose value is made up by the server, and the word that stands for it. */
const MADE_UP: Readonly<Record<string, string>> = {
  resourceVersion: 'version',
  clusterIP: 'address',
  clusterIPs: 'address',
  nodePort: 'port',
};

/** Gives each made-up value a name, in the order of appearance, and knows the way back. */
export class Names {
  readonly #values = new Map<string, Json>();

  constructor(namespace: string) {
    this.#values.set('{ns}', namespace);
  }

  /** A copy that learns on its own, for an answer that may have to be asked for again. */
  copy(): Names {
    const copy = new Names('');
    for (const [name, value] of this.#values) copy.#values.set(name, value);
    return copy;
  }

  /** The value with names for what the server made up. */
  mask(value: Json, word?: string): Json {
    if (Array.isArray(value)) return value.map((item) => this.mask(item, word));
    if (isObject(value)) return this.#maskMembers(value);
    if (word !== undefined && value !== 'None' && value !== '') return this.#nameOf(word, value);
    return typeof value === 'string' ? this.maskText(value) : value;
  }

  maskText(text: string): string {
    if (TIME.test(text)) return '{time}';
    const known = text.replaceAll(UID, (uid) => this.#nameOf('uid', uid));
    return known.replaceAll(String(this.#values.get('{ns}')), '{ns}');
  }

  /** The way back: the value with this run's values for the names. */
  unmask(value: Json): Json {
    if (typeof value === 'string') return ONLY_NAME.test(value) ? this.#valueOf(value) : this.unmaskText(value);
    if (Array.isArray(value)) return value.map((item) => this.unmask(item));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.unmaskText(key), this.unmask(item ?? null)]),
    );
  }

  unmaskText(text: string): string {
    return text.replaceAll(NAME, (name) => String(this.#valueOf(name)));
  }

  #maskMembers(object: JsonObject): JsonObject {
    const entries = Object.entries(object).map(([key, item]) => [
      this.maskText(key),
      this.mask(item ?? null, MADE_UP[key]),
    ]);
    return Object.fromEntries(entries);
  }

  #nameOf(word: string, value: Json): string {
    const names = [...this.#values].filter(([name]) => name.startsWith(`{${word}-`));
    const known = names.find(([, candidate]) => candidate === value);
    if (known !== undefined) return known[0];
    const name = `{${word}-${names.length + 1}}`;
    this.#values.set(name, value);
    return name;
  }

  #valueOf(name: string): Json {
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`no answer showed ${name} before this step`);
    return value;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
