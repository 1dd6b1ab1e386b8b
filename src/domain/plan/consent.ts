import type { Consent, ConsentKind } from '../../schema/consent.ts';
import type { ObjectRef } from '../../schema/object-ref.ts';

export function isAllowed(consents: readonly Consent[], wanted: ConsentKind, ref: ObjectRef): boolean {
  const kind = `${ref.apiVersion}/${ref.kind}`;
  return consents.some(
    (consent) =>
      consent.allow === wanted &&
      (consent.kind === undefined || consent.kind === kind) &&
      (consent.name === undefined || consent.name === ref.name),
  );
}

/** What a refusal says when consent would help. */
export function needsConsent(reason: string, wanted: ConsentKind): string {
  return `${reason}: needs consent ("allow: ${wanted}")`;
}
