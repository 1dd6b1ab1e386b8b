/** What an inventory knows only by label: every object of these kinds in these namespaces that carries it. */
export interface Listing {
  readonly selector: string;
  /** `Deployment.apps`, and plain `Service` for the core group. */
  readonly groupKinds: readonly string[];
  /** Besides the inventory's own. */
  readonly namespaces: readonly string[];
}

/** `a, b,,c` → a b c */
export function commaSeparated(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
