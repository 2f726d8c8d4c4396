/**
 * For tests: somebody else's control panel on the wire. It is our own CP, so that it knows all that a CP can know but
 * the key; it hears what the Controllers answer and tries to make them drive a strike.
 */
import { randomBytes } from "node:crypto";
import { strikeCommand } from "@lintel/edge/box/commands.ts";
import { type BusState, startBus, stepBus } from "@lintel/edge/bus/bus.ts";
import type { BusInput, ControllerEvent } from "@lintel/edge/bus/events.ts";
import type { Secret } from "@lintel/protocol/base/secret.ts";
import { after, type Monotonic, millis } from "@lintel/protocol/base/units.ts";
import { clock } from "./door-line.rig.ts";

export class ForeignCp {
  readonly heard: ControllerEvent[] = [];
  readonly #write: (bytes: Uint8Array) => void;
  #state: BusState;
  readonly #inputs: BusInput[] = [];
  #working = false;
  #forgetWake = () => {};
  #commands = 0;

  /** `scbk` null: it has no key at all. */
  constructor(scbk: Secret | null, write: (bytes: Uint8Array) => void) {
    this.#write = write;
    const controllers = [{ address: 0, scbk, configure: null }];
    this.#state = startBus({ id: "foreign", baud: 38_400, controllers }, clock.now());
    this.#give({ kind: "port", open: true });
  }

  hear(bytes: Uint8Array): void {
    this.#give({ kind: "bytes", bytes });
  }

  /** Tries to hand the Controller a key under the published default one. */
  install(scbk: Secret): void {
    this.#give({ kind: "pair", address: 0, until: after(clock.now(), millis(60_000)), scbk, by: "install-window" });
  }

  strike(): void {
    this.#commands += 1;
    const command = strikeCommand(0, millis(1000));
    this.#give({ kind: "command", address: 0, id: this.#commands, command, urgent: true });
  }

  stop(): void {
    this.#forgetWake();
  }

  /** One input is worked off before the next: a Controller in this process answers while its command is still sent. */
  #give(input: BusInput): void {
    this.#inputs.push(input);
    if (this.#working) return;
    this.#working = true;
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      const { state, effects } = stepBus(this.#state, next, clock.now(), (count) => randomBytes(count));
      this.#state = state;
      for (const effect of effects) {
        if (effect.kind === "write") this.#write(effect.bytes);
        else if (effect.kind === "wake") this.#wake(effect.at);
        else this.heard.push(effect.event);
      }
    }
    this.#working = false;
  }

  #wake(at: Monotonic): void {
    this.#forgetWake();
    this.#forgetWake = clock.wake(at, () => this.#give({ kind: "time" }));
  }
}
