/** `, 2 not assessed`: said beside every "healthy", and nothing when there are none. */
export function besides(notAssessed: number | undefined): string {
  return notAssessed ? `, ${notAssessed} not assessed` : '';
}

/** The same for all targets together. */
export function besidesAll(targets: readonly { readonly notAssessed?: number }[]): string {
  return besides(targets.reduce((sum, target) => sum + (target.notAssessed ?? 0), 0));
}
