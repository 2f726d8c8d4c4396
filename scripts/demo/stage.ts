/**
 * The demo while it runs: the doors of the site, what was seen of them, and who waits for what. It turns what the
 * processes and the simulated Controllers tell into story lines, and acts into fingers on pads.
 */
import type { SimulatedController } from "@lintel/firmware-sim/board/simulated-controller.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import type { ChildEvent } from "../loop/child.ts";
import type { Part, WholeSite } from "../loop/whole-site.ts";
import { realClock } from "../real-clock.ts";
import type { Act } from "./keypad.ts";
import { FIRST_SIGHT, type PadSight, storyLine, tellCollected, tellController, tellRecord } from "./story.ts";

/** Longest wait for the answer to a submitted code, and for its record to reach the authority, in ms. */
const ANSWER_MAX = 5_000;

interface StagedDoor {
  readonly id: string;
  readonly controller: SimulatedController;
  sight: PadSight;
  /** Digits since the last submit or clear: an empty submit is nothing, and is not waited for. */
  digits: number;
  /** Codes submitted, and codes answered by a record. */
  asked: number;
  answered: number;
}

export class Stage {
  readonly #print: (line: string) => void;
  readonly #doors = new Map<string, StagedDoor>();
  readonly #width: number;
  readonly #clock = realClock();
  readonly #watching = new Set<() => void>();
  /** Highest record written at the edge, and collected at the authority. */
  #written = 0;
  #collected = 0;

  constructor(doors: readonly string[], print: (line: string) => void) {
    this.#print = print;
    this.#width = Math.max(...doors.map((door) => door.length), "edge".length);
  }

  /** Everything stands: from here on the doors are told. */
  open(whole: WholeSite): void {
    for (const { door, controller } of whole.simulated) {
      const staged: StagedDoor = { id: door.id, controller, sight: FIRST_SIGHT, digits: 0, asked: 0, answered: 0 };
      this.#doors.set(door.id, staged);
      controller.onEvent((event) => {
        const { sight, line } = tellController(staged.sight, event);
        staged.sight = sight;
        if (line !== null) this.#tell(door.id, line);
        this.#look();
      });
    }
  }

  /** What edge and authority tell. Before `open` it is only counted: the start of a demo is not its story. */
  hear(from: Part, event: ChildEvent): void {
    if (event.event !== "record" && event.event !== "collected") return;
    const record = event.record as ShownRecord;
    const where = record.door ?? "edge";
    if (from === "edge") {
      this.#written = Math.max(this.#written, record.seq);
      const door = this.#doors.get(where);
      if (door !== undefined && (record.event === "granted" || record.event === "denied")) door.answered += 1;
      if (this.#doors.size > 0) this.#tell(where, tellRecord(record));
    } else {
      this.#collected = Math.max(this.#collected, record.seq);
      if (this.#doors.size > 0) this.#tell(where, tellCollected(record));
    }
    this.#look();
  }

  sight(door: string): PadSight {
    return this.#doors.get(door)?.sight ?? FIRST_SIGHT;
  }

  /** Begins an act at a door; a sentence where it cannot be done. */
  act(act: Exclude<Act, { kind: "help" | "quit" | "pick" }>): string | null {
    const door = this.#doors.get(act.door)!;
    switch (act.kind) {
      case "press":
        for (const key of act.keys) count(door, key);
        return door.controller.command(`press ${act.keys}`);
      case "leaf":
        return door.controller.command(`door ${act.move}`);
      case "rex":
        return door.controller.command("rex");
      case "tamper":
        return door.controller.command(`tamper ${act.on ? "on" : "off"}`);
    }
  }

  /** Waits until what was begun at a door is done and answered, and its records have arrived. False: it was not. */
  async settle(id: string): Promise<boolean> {
    const door = this.#doors.get(id)!;
    await new Promise<void>((done) => void this.#clock.wake(door.controller.restsAt(), done));
    const answered = await this.#until(() => door.answered >= door.asked);
    return (await this.collected()) && answered;
  }

  /** Waits until the authority has every record that the edge has written. */
  collected(): Promise<boolean> {
    return this.#until(() => this.#collected >= this.#written);
  }

  #until(claim: () => boolean): Promise<boolean> {
    return new Promise((answer) => {
      const end = (held: boolean) => {
        clearTimeout(late);
        this.#watching.delete(look);
        answer(held);
      };
      const late = setTimeout(() => end(false), ANSWER_MAX);
      const look = () => claim() && end(true);
      this.#watching.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of this.#watching) look();
  }

  #tell(door: string, line: string): void {
    this.#print(storyLine(new Date(), door, line, this.#width));
  }
}

/** The demo's doors submit by `#` and clear by `*`. */
function count(door: StagedDoor, key: string): void {
  if (key === "#" && door.digits > 0) door.asked += 1;
  door.digits = key === "#" || key === "*" ? 0 : door.digits + 1;
}
