/** Bytes sealed with the key named by `keyId`. */
export interface Sealed {
  readonly keyId: string;
  readonly bytes: Uint8Array;
}

/** Keys never leave it: callers get seals and fingerprints. The current key seals; older ones still open. */
export interface KeyRing {
  readonly currentKeyId: string;
  /** Keyed fingerprint as hex: equal for equal bytes, tells nothing without the key (a bare hash of a short secret can be guessed). */
  fingerprint(bytes: Uint8Array, keyId?: string): string;
  /** AES-256-GCM; `context` is authenticated, so that a sealed value cannot be moved to another name. */
  seal(bytes: Uint8Array, context: string): Sealed;
  /** Throws `PortError` `corrupt` for altered bytes or another context, `notFound` for an unknown key. */
  open(sealed: Sealed, context: string): Uint8Array;
  /** Message authentication code as hex, for the journal. */
  mac(text: string, keyId?: string): string;
}
