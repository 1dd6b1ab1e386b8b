/** A terminal that understands cursor movement. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameTime = 100;

/** The last lines of a terminal, drawn anew while they change; everything above them stays. */
export class LiveRegion {
  readonly #terminal: Terminal;
  #drawn = 0;
  #frame = 0;
  #lines: (spinner: string) => readonly string[] = () => [];
  #timer: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** `lines` is asked for the text again for each frame of the spinner. */
  set(lines: (spinner: string) => readonly string[]): void {
    this.#lines = lines;
    this.#timer ??= setInterval(() => this.#tick(), frameTime).unref();
    this.#draw();
  }

  /** Prints above the region. */
  print(lines: readonly string[]): void {
    this.#erase();
    for (const line of lines) this.#terminal.write(`${line}\n`);
    this.#draw();
  }

  /** Leaves the terminal to others. */
  clear(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#lines = () => [];
    this.#erase();
  }

  #tick(): void {
    this.#frame += 1;
    this.#draw();
  }

  #draw(): void {
    this.#erase();
    const spinner = frames[this.#frame % frames.length] ?? '';
    // A wrapped line would take two rows and the next erase would miss one.
    const width = Math.max(10, (this.#terminal.columns ?? 80) - 1);
    const lines = this.#lines(spinner).map((line) => line.slice(0, width));
    for (const line of lines) this.#terminal.write(`${line}\n`);
    this.#drawn = lines.length;
  }

  #erase(): void {
    if (this.#drawn > 0) this.#terminal.write(`\u001b[${this.#drawn}A\u001b[0J`);
    this.#drawn = 0;
  }
}
