export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json | undefined;
}

/**
 * A fact about an API server, as requests and what they must lead to. No vector depends on another: each runs in a
 * namespace of its own.
 *
 * What differs from run to run has a name instead, in bodies and paths as in expectations: `{ns}` is the vector's
 * namespace, `{uid-2}` the second uid that an answer showed, and so on for `{version-…}` (resourceVersion),
 * `{address-…}` (cluster IP) and `{port-…}` (node port). Thus `{version-1}` in a second answer says: it did not move.
 */
export interface Vector {
  /** The fact. */
  readonly title: string;
  /** `lab`: only a real control plane does this; the text says why the sandbox does not. */
  readonly on: 'both' | { readonly lab: string };
  readonly steps: readonly Step[];
  /** What is there in the end, by path. */
  readonly after?: Readonly<Record<string, JsonObject | 'absent'>>;
  /** Objects outside of the namespace, deleted in the end. */
  readonly leaves?: readonly string[];
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | PatchMethod;
export type PatchMethod = 'MERGE' | 'JSON PATCH' | 'APPLY' | 'STRATEGIC';

export interface Step extends Expectation {
  readonly send: Method;
  /** Path and query. */
  readonly to: string;
  /** A text goes out as it is. */
  readonly body?: Json;
  /** The body is the object that this step (from 1) answered, without resourceVersion and managedFields: a restore. */
  readonly resend?: number;
  /** Controllers take their time: asked again until the answer is as expected, 8 s at most. */
  readonly until?: 'asExpected';
}

/** Compared exactly; what is not named here is not compared. An error's reason and causes are always compared. */
export interface Expectation {
  readonly status: number;
  readonly reason?: string;
  /** `<reason> <field>` of each cause that names a field. */
  readonly causes?: readonly string[];
  readonly message?: RegExp;
  /** The whole answer but for managedFields, times as `{time}`. */
  readonly object?: JsonObject;
  /** Values by JSON pointer; undefined: must not be there. */
  readonly fields?: Readonly<Record<string, Json | undefined>>;
  /** The answer is what that step (from 1) answered, but for resourceVersion, managedFields and the pointers in `but`. */
  readonly like?: number;
  readonly but?: readonly string[];
  /** `<manager> <operation>` of each managedFields entry, with the subresource if there is one; in any order. */
  readonly managers?: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}
