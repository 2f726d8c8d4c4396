/** Our Controller as anybody starts it: `lintel sim` on a pseudo-terminal of its own, with every frame of its line told. */
import { fromHex } from "@lintel/protocol/base/bytes.ts";
import { decodeFrame, MARK } from "@lintel/protocol/osdp/frame.ts";
import { type Line, LintelProcess } from "../support/lintel-process.rig.ts";
import { until } from "../support/until.rig.ts";
import { LineTally } from "./line-tally.ts";
import { PATIENCE } from "./peer.ts";

export class Sim {
  readonly tally = new LineTally();
  readonly #process: LintelProcess;

  private constructor(process: LintelProcess) {
    this.#process = process;
    process.onLine((line) => {
      if (line.event === "frame") this.#frame(String(line.hex));
    });
  }

  /** Its line is there when this is done. */
  static async start(...args: readonly string[]): Promise<Sim> {
    const sim = new Sim(new LintelProcess(["sim", "--port", "pty", ...args, "--frames", "--reveal", "--json"]));
    await sim.sees("its port", ({ event, open }) => event === "port" && open === true);
    return sim;
  }

  get path(): string {
    return String(this.#process.lines.find(({ event }) => event === "port")!.path);
  }

  /** What it has told so far, for `from` of a later `sees`. */
  get told(): readonly Line[] {
    return this.#process.lines;
  }

  sees(what: string, claim: (line: Line) => boolean, from = 0, patience = PATIENCE): Promise<Line> {
    return this.#process.line(what, claim, { from, patience });
  }

  do(line: string): void {
    this.#process.say(`${line}\n`);
  }

  /** Its line goes on until it was polled so often from now on; answers how often, and throws what was not in order. */
  async polled(times: number, patience: number): Promise<number> {
    const { polls, faults } = this.tally;
    const faultsBefore = faults.length;
    await until(`${times} polls`, () => this.tally.polls - polls >= times, patience);
    const since = faults.slice(faultsBefore);
    if (since.length > 0) throw new Error(`${since.length} faults, first: ${since[0]}`);
    return this.tally.polls - polls;
  }

  end(): Promise<void> {
    return this.#process.kill();
  }

  #frame(hex: string): void {
    const bytes = fromHex(hex);
    const whole = bytes.ok ? bytes.value : new Uint8Array(0);
    const frame = decodeFrame(whole[0] === MARK ? whole.subarray(1) : whole);
    if (frame.ok) this.tally.take(frame.value);
    else this.tally.unreadable();
  }
}
