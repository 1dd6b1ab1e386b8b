/** What one request is authorised with. Client certificates may change while the worker runs. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

/** How to reach one API server. `server` may carry a path, as kcp's `/clusters/<workspace>` does. */
export interface ClusterConnection {
  readonly server: string;
  /** Set where `server` leads to a kcp workspace: its path, or its logical cluster's name. */
  readonly workspace?: string;
  /** PEM; without it the system's certificate authorities are trusted. */
  readonly ca?: string | Buffer;
  /** Name expected in the server's certificate, where it is not the host in `server`. */
  readonly serverName?: string;
  /** Asked before every request; must be quick and throw `PortError` only. */
  readonly credentials: () => Promise<Credentials>;
}
