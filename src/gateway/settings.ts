/** What the gateway is told to do; secrets are read already. */
export interface GatewaySettings {
  readonly listen: { readonly host: string; readonly port: number };
  /** PEM. Without it the gateway speaks plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly senders: readonly Sender[];
  readonly alertmanager: Mapping | null;
  readonly cloudevents: (Mapping & { readonly types: readonly string[] }) | null;
}

export type Right = 'report' | 'rollback' | 'read';

/** Who may say something, and about which applications. */
export interface Sender {
  readonly name: string;
  readonly auth: 'hmac' | 'bearer';
  /** All of them count, so that one can be exchanged for another while both are in use. */
  readonly secrets: readonly string[];
  readonly rights: readonly Right[];
  /** `<environment>/<application>`; `*` stands for any text within a name. */
  readonly applications: readonly string[];
  /** What to do about a failure that no open guard takes. */
  readonly onNoGuard: 'refuse' | 'rollback';
  readonly rate: { readonly perMinute: number; readonly burst: number };
}

/** How to read a foreign document: texts in which `{labels.app}` stands for what is found there. */
export interface Mapping {
  /** Fills in to `<environment>/<application>`. */
  readonly application: string;
  readonly reason?: string | undefined;
  readonly revision?: string | undefined;
  readonly cluster?: string | undefined;
}
