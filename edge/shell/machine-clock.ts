/**
 * The clock of the machine, and what vouches for it. Monotonic time is the system's, counted from the boot, so that it
 * goes on over a restart of the process.
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { instant, type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";
import type { ClockSigns } from "../box/clock-trust.ts";
import type { Clock } from "../box/ports.ts";
import { LIMITS } from "./limits.ts";

const LINUX = process.platform === "linux";

export class MachineClock implements Clock {
  readonly #boot = readBoot();
  readonly #hardwareClock = hasHardwareClock();
  #synchronised = false;
  readonly #asking: NodeJS.Timeout;

  constructor() {
    this.#ask();
    this.#asking = setInterval(() => this.#ask(), LIMITS.synchronised);
    this.#asking.unref();
  }

  monotonic(): Monotonic {
    return monotonic(Number(process.hrtime.bigint() / 1000n) / 1000);
  }

  signs(): ClockSigns {
    const { boot, hardwareClock, synchronised } = {
      boot: this.#boot,
      hardwareClock: this.#hardwareClock,
      synchronised: this.#synchronised,
    };
    return { wall: instant(Date.now()), boot, hardwareClock, synchronised };
  }

  close(): void {
    clearInterval(this.#asking);
  }

  /** timedatectl hands on what the kernel's adjtimex says, whoever disciplines the clock. Where it is missing: no. */
  #ask(): void {
    if (!LINUX) return;
    const asked = ["show", "--property=NTPSynchronized", "--value"];
    execFile("timedatectl", asked, { timeout: LIMITS.synchronisedAnswer }, (error, answer) => {
      this.#synchronised = error === null && answer.trim() === "yes";
    }).unref();
  }
}

/** Linux names each boot; elsewhere a restart cannot be told from a boot, which costs belief and nothing else. */
function readBoot(): string | null {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return null;
  }
}

/** Macs and PCs keep the time without power; a small board has a clock where the kernel shows one. */
export function hasHardwareClock(): boolean {
  return LINUX ? existsSync("/sys/class/rtc/rtc0") : true;
}
