/**
 * Name of the Lease that is an application's lock: `belay-<16 hex>`, the same for everybody who guards this application
 * in this cluster. `sha256` answers the hash of a text in hex.
 */
export function leaseName(
  { environment, application }: { readonly environment: string; readonly application: string },
  sha256: (text: string) => string,
): string {
  return `belay-${sha256(`${environment}/${application}`).slice(0, 16)}`;
}
