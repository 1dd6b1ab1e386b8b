import type { ObjectRef } from '../schema/object-ref.ts';

/**
 * The objects that a Helm release's record names; `text` is the record as the API shows it, `namespace` the release's.
 * Throws `PortError` `corrupt`, never quoting the record: it repeats the content of Secrets.
 */
export type ReleaseReader = (text: string, namespace: string) => Promise<readonly ObjectRef[]>;
