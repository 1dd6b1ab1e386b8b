/** `{labels.app}` in a text; a path of names. */
const place = /\{([^{}]+)\}/g;

/** The text with everything filled in from a document, or which place is not there. */
export function fillIn(template: string, document: unknown): { readonly text: string } | { readonly missing: string } {
  const missing: string[] = [];
  const text = template.replaceAll(place, (_, path: string) => {
    const value = valueAt(document, path.trim());
    if (value === undefined) missing.push(path.trim());
    return value ?? '';
  });
  return missing[0] === undefined ? { text } : { missing: missing[0] };
}

/** Texts and numbers only: anything else has no one form. */
function valueAt(document: unknown, path: string): string | undefined {
  let value = document;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
