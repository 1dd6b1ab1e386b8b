/**
 * A number exactly as an API server wrote it. JavaScript turns 9007199254740993 into …992 and 1.0 into 1, so object
 * text is parsed into this shape (the structure of lossless-json's `LosslessNumber`) and printed from it.
 */
export interface ExactNumber {
  readonly isLosslessNumber: true;
  readonly value: string;
}

export type Json = null | boolean | string | number | ExactNumber | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

/** The parts of object metadata that Belay reads by name; everything else is kept as it came. */
export interface ObjectMetadata extends JsonObject {
  readonly name: string;
}

/** One object as an API server sent it, unknown fields kept. */
export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
}
