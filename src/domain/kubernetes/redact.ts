import type { Json, JsonObject, KubeObject } from '../../schema/json.ts';
import { withKey } from './edit.ts';
import { asRecord, asText, at, canonicalJson, isExactNumber, isList, isRecord } from './json.ts';
import { groupKind } from './kinds.ts';

/**
 * Puts stand-ins where secrets are. Objects that went through the same redactor can be compared: equal secrets have
 * equal stand-ins, and no others.
 */
export function createRedactor(): (object: KubeObject) => KubeObject {
  const known = new Map<string, string>();
  const hide: Hide = (value) => {
    const text = canonicalJson(value);
    const standIn = known.get(text) ?? `${mark}${known.size + 1}`;
    known.set(text, standIn);
    return standIn;
  };
  return (object) => redacted(object, hide);
}

export function isHidden(value: Json | undefined): boolean {
  return typeof value === 'string' && value.startsWith(mark);
}

/** Which secrets are equal is nobody's business either. */
export function withoutStandIns(value: Json): Json {
  if (isHidden(value)) return '(hidden)';
  if (isList(value)) return value.map(withoutStandIns);
  return isRecord(value) ? mapRecord(value, (_, inner) => withoutStandIns(inner)) : value;
}

/** A line of text as it may be shown. */
export function withoutSecrets(line: string): string {
  return holdsSecret(line) ? '(hidden: it looks like a secret)' : line;
}

function holdsSecret(text: string): boolean {
  return secretText.some((pattern) => pattern.test(text));
}

type Hide = (value: Json) => string;

/** No text of a cluster begins like this. */
const mark = '\u0000hidden ';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

function redacted(object: KubeObject, hide: Hide): KubeObject {
  const kind = groupKind(object);
  const metadata = asRecord(object.metadata);
  const annotations = mapRecord(asRecord(metadata.annotations), (key, value) =>
    kind === 'Secret' || key === lastApplied ? hide(value) : nameHides(key, value, hide),
  );
  const content = mapRecord(object, (key, value) => (key === 'metadata' ? value : redactPart(kind, key, value, hide)));
  return withKey(content, 'metadata', withKey(metadata, 'annotations', annotations)) as KubeObject;
}

function redactPart(kind: string, key: string, value: Json, hide: Hide): Json {
  if (kind === 'Secret' && secretParts.includes(key)) return mapRecord(asRecord(value), (_, inner) => hide(inner));
  if (kind !== 'ConfigMap' || !isRecord(value)) return redactValue(value, key, hide);
  return mapRecord(value, (name, inner) => (key === 'binaryData' ? hide(inner) : nameHides(name, inner, hide)));
}

const secretParts: readonly string[] = ['data', 'stringData'];

/** For names that people choose freely (environment variables, keys of ConfigMaps): rather hide too much. */
const anySecretName = /pass|pwd|token|secret|cred|key|auth|private|dsn|cert|salt|signature|session/i;

/** For names of fields: `secretName` and `secretKeyRef` say which Secret, not what is in it. */
const secretField =
  /(password|passwd|passphrase|token|secret|credentials?|(api|access|private|signing|encryption)[-_]?key)s?$/i;

/** Secrets within a longer text: an assignment, a URL with a password, a key, a header. */
const secretText: readonly RegExp[] = [
  /(password|passwd|passphrase|secret|token|credentials?|(api|access|private|signing|encryption)[-_]?key)["']?\s*[:=]\s*\S/i,
  /:\/\/[^\s/:@]*:[^\s/@]+@/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(bearer|basic)\s+[\w+/=.~-]{8,}/i,
];

const secretFlag = /^--?[\w-]*(password|passwd|passphrase|token|secret|key)[\w-]*$/i;

/** An image named `token:v2` is no secret. */
const shownAlways: readonly string[] = ['apiVersion', 'kind', 'name', 'namespace', 'image'];

function nameHides(name: string, value: Json, hide: Hide): Json {
  return anySecretName.test(name) ? hide(value) : redactValue(value, name, hide);
}

function redactValue(value: Json, key: string, hide: Hide): Json {
  if (isList(value)) return value.map((item, index) => redactItem(item, value[index - 1], key, hide));
  if (isRecord(value)) return redactRecord(value, hide);
  return isSecretValue(value, key) ? hide(value) : value;
}

function isSecretValue(value: Json, key: string): boolean {
  if (shownAlways.includes(key)) return false;
  if (isExactNumber(value) || typeof value === 'number') return secretField.test(key);
  return typeof value === 'string' && (secretField.test(key) || holdsSecret(value));
}

/** `["--token", "abc"]` */
function redactItem(item: Json, before: Json | undefined, key: string, hide: Hide): Json {
  const isFlagged = typeof item === 'string' && secretFlag.test(asText(before) ?? '');
  return isFlagged ? hide(item) : redactValue(item, key, hide);
}

/** `{name: DB_PASSWORD, value: …}`, as environment variables are written, and much else after their example. */
function redactRecord(record: JsonObject, hide: Hide): JsonObject {
  const isSecretPair = anySecretName.test(asText(at(record, 'name')) ?? '');
  return mapRecord(record, (key, value) =>
    key === 'value' && isSecretPair ? hide(value) : redactValue(value, key, hide),
  );
}

function mapRecord(record: JsonObject, change: (key: string, value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(key, value)]));
}
