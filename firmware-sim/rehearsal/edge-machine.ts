/**
 * The machine that an edge runs on: its crystal and its hardware clock, its disk, its power. It has one life at a time,
 * from a boot until power goes; its monotonic clock counts from the boot, its wall clock goes on without power.
 */
import type { ClockSigns } from "@lintel/edge/box/clock-trust.ts";
import type { Clock } from "@lintel/edge/box/ports.ts";
import { unreachable } from "@lintel/protocol/base/invariant.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import {
  after,
  between,
  type Instant,
  instant,
  type Monotonic,
  millis,
  monotonic,
} from "@lintel/protocol/base/units.ts";
import type { Fault } from "../board/faults/fault.ts";
import { Crystal } from "./faults/crystal.ts";
import { FaultyDisk } from "./faults/disk.ts";
import { DISK_FAULTS, RESET_CLOCK, settingOf } from "./faults/edge.ts";
import type { ModelTime } from "./model-time.ts";
import { ProcessLife } from "./process-life.ts";

/** In ms. A power of two, so that adding it is exact for the first centuries. */
const HAIR = millis(1 / 1024);

export interface MachineOptions {
  readonly name: string;
  readonly time: ModelTime;
  readonly random: RandomBytes;
  /** Power is gone, or back, by a fault. */
  readonly power: (on: boolean) => void;
}

export class EdgeMachine {
  readonly disk: FaultyDisk;
  readonly #options: MachineOptions;
  readonly #crystal = new Crystal();
  #boots = 0;
  #life: ProcessLife | null = null;
  /** What the crystal showed at the last boot. */
  #bootShown: Monotonic = monotonic(0);
  /** By how much the wall clock differs from what the crystal shows, in ms. */
  #wallOffset = 0;
  /** What a hardware clock without a battery shows at the next boot. */
  #battery: "good" | "reset" | "stopped" = "good";
  #wallAtLoss: Instant | null = null;
  /** Names the fault that took power away. */
  #cutBy: string | null = null;

  constructor(options: MachineOptions) {
    this.#options = options;
    const { time, random } = options;
    const cutPower = (by: string) => {
      this.#cutBy = by;
      options.power(false);
    };
    this.disk = new FaultyDisk({ random, now: () => time.now(), cutPower });
  }

  boot(): ProcessLife {
    this.#cutBy = null;
    this.#boots += 1;
    this.#bootShown = this.#crystal.shows(this.#options.time.now());
    if (this.#battery === "reset") this.#showAtBoot(RESET_CLOCK);
    else if (this.#battery === "stopped" && this.#wallAtLoss !== null) this.#showAtBoot(this.#wallAtLoss);
    this.#life = new ProcessLife(this.#options.time);
    return this.#life;
  }

  powerLost(): void {
    this.#wallAtLoss = this.#wall(this.#options.time.now());
    this.#life?.end();
    this.#life = null;
    this.disk.powerLost();
  }

  /** As one life reads it. */
  clockFor(life: ProcessLife): Clock {
    const boot = `${this.#options.name} boot ${this.#boots}`;
    const vouched = { boot, hardwareClock: true, synchronised: false };
    return {
      monotonic: () => this.#counted(life.now),
      signs: (): ClockSigns => ({ wall: this.#wall(life.now), ...vouched }),
    };
  }

  /** On the model's clock: the first moment at which the monotonic clock of this life shows `shown` or more. */
  momentOf(shown: Monotonic): Monotonic {
    if (shown >= Number.MAX_SAFE_INTEGER) return shown;
    let at = this.#crystal.when(monotonic(this.#bootShown + shown));
    // Sums are rounded: whoever is woken a hair too early asks for the same moment again, for ever.
    while (this.#counted(at) < shown) at = after(at, HAIR);
    return at;
  }

  /** The last multiple of `step` that the monotonic clock of this life has shown by then, on the model's clock. */
  lastMultiple(step: number, by: Monotonic): Monotonic {
    return this.momentOf(monotonic(Math.floor(this.#counted(by) / step) * step));
  }

  nextMultiple(step: number): Monotonic {
    const now = this.#counted(this.#options.time.now());
    return this.momentOf(monotonic((Math.floor(now / step) + 1) * step));
  }

  /** Until when its clocks run as the model's does; null: for ever. */
  get evenUntil(): Monotonic | null {
    const slip = this.#crystal.nextSlip(this.#options.time.now());
    return slip === null ? null : after(slip, millis(-1));
  }

  /** How far its clocks are from where they would be with a right crystal, in ms. */
  get slipped(): number {
    const now = this.#options.time.now();
    return between(now, this.#crystal.shows(now));
  }

  /** By how much the wall clock is wrong, in ms. */
  get wallError(): number {
    return this.#wallOffset + this.slipped;
  }

  set wallError(error: number) {
    this.#wallOffset = error - this.slipped;
  }

  fault(fault: Fault): void {
    const { name } = fault.kind;
    if (DISK_FAULTS.includes(fault.kind)) {
      this.disk.fault(fault);
      if (fault.off && this.#cutBy === name) this.#options.power(true);
    } else if (name === "dead-rtc") {
      this.#battery = fault.off ? "good" : fault.settings.shows === "stopped" ? "stopped" : "reset";
    } else if (name === "clock-step") {
      this.#wallOffset += settingOf(fault, "by");
    } else if (name === "clock-drift") {
      this.#crystal.run(fault.off ? 0 : settingOf(fault, "ppm"), this.#options.time.now());
    } else unreachable(name as never);
  }

  /** Somebody switches: a fault that is over later gives no power back. */
  switched(): void {
    this.#cutBy = null;
  }

  #counted(at: Monotonic): Monotonic {
    return monotonic(this.#crystal.shows(at) - this.#bootShown);
  }

  #wall(at: Monotonic): Instant {
    return instant(this.#options.time.trueTime(this.#crystal.shows(at)) + this.#wallOffset);
  }

  #showAtBoot(wall: Instant): void {
    this.#wallOffset += between(this.#wall(this.#options.time.now()), wall);
  }
}
