import { join } from 'node:path';
import { startDevServer } from '../../src/adapters/temporal-cli.ts';
import { searchAttributes } from '../../src/schema/search-attributes.ts';

type DevServer = Awaited<ReturnType<typeof startDevServer>>;

/** A dev server that keeps its runs in a file, so that it can be killed and started again where it was. */
export class TemporalServer {
  readonly #start: () => Promise<DevServer>;
  #server: DevServer;

  private constructor(server: DevServer, start: () => Promise<DevServer>) {
    this.#server = server;
    this.#start = start;
  }

  static async start(cli: string, folder: string): Promise<TemporalServer> {
    const options = { cli, searchAttributes, dbFilename: join(folder, 'temporal.db') };
    const server = await startDevServer(options);
    const port = Number(server.address.split(':')[1]);
    return new TemporalServer(server, () => startDevServer({ ...options, port, limit: 60_000 }));
  }

  get address(): string {
    return this.#server.address;
  }

  /** At once, with whatever it has in hand. */
  async kill(): Promise<void> {
    process.kill(this.#server.pid, 'SIGKILL');
    await this.#server.ended;
  }

  /** After `kill`. */
  async startAgain(): Promise<void> {
    this.#server = await this.#start();
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}
