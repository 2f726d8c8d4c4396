/** What was seen, row by row, and the sum of it. A row is one named claim about one peer. */

export interface Row {
  readonly outcome: "passed" | "failed" | "skipped";
  readonly peer: string;
  readonly name: string;
  /** What was seen, what was missing, or why it was not tried. */
  readonly said: string;
}

export class Rows {
  readonly rows: Row[] = [];
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Passes with what `see` answers; fails with what it throws. */
  async check(peer: string, name: string, see: () => Promise<string>): Promise<boolean> {
    try {
      this.#add({ outcome: "passed", peer, name, said: await see() });
      return true;
    } catch (error) {
      this.#add({ outcome: "failed", peer, name, said: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }

  /** A row that the rows behind it stand on: without it none of them is tried, and that is told. */
  async need(peer: string, name: string, see: () => Promise<string>): Promise<void> {
    if (!(await this.check(peer, name, see))) throw new NotTried(`${name} failed: what follows it was not tried`);
  }

  skip(peer: string, name: string, why: string): void {
    this.#add({ outcome: "skipped", peer, name, said: why });
  }

  fail(peer: string, name: string, why: string): void {
    this.#add({ outcome: "failed", peer, name, said: why });
  }

  get sum(): Record<Row["outcome"], number> {
    const count = (outcome: Row["outcome"]) => this.rows.filter((row) => row.outcome === outcome).length;
    return { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
  }

  #add(row: Row): void {
    this.rows.push(row);
    const word = row.outcome === "passed" ? "ok" : row.outcome === "failed" ? "FAILED" : "skip";
    this.#print(`${word.padEnd(7)} ${row.peer.padEnd(22)} ${row.name}: ${row.said}`);
  }
}

export class NotTried extends Error {}
