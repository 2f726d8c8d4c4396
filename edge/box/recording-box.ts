/** A box whose life is recorded: the same box, with every entry from outside noted on a tape as it passes. */
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Millis } from "@lintel/protocol/base/units.ts";
import { decodeToken } from "@lintel/protocol/mqtt/adoption.ts";
import type { ActOutcome, DoorAct } from "@lintel/protocol/mqtt/command.ts";
import type { Incoming } from "../uplink/inbox.ts";
import { type AdoptAnswer, EdgeBox, type EdgeSettings, type PairAnswer } from "./box.ts";
import type { PairRequest } from "./pairing.ts";
import type { Clock, Ports } from "./ports.ts";
import type { Did } from "./recording.ts";
import type { Tape } from "./recording-tape.ts";

export class RecordedBox extends EdgeBox {
  readonly #tape: Tape;
  readonly #clock: Clock;

  constructor(ports: Ports, settings: EdgeSettings, tape: Tape) {
    tape.begin(settings);
    tape.open({ kind: "boot" }, ports.clock, null);
    super(tape.ports(ports), settings, tape.seams(ports));
    tape.close(() => 0);
    this.#tape = tape;
    this.#clock = ports.clock;
  }

  override start(): void {
    this.#noted({ kind: "start" }, () => super.start());
  }

  override stop(): void {
    this.#noted({ kind: "stop" }, () => super.stop());
    this.#tape.end();
  }

  override wake(): void {
    this.#noted({ kind: "wake" }, () => super.wake());
  }

  override portOpened(bus: string): void {
    this.#noted({ kind: "port-opened", bus }, () => super.portOpened(bus));
  }

  override portClosed(bus: string, why: string): void {
    this.#noted({ kind: "port-closed", bus, why }, () => super.portClosed(bus, why));
  }

  override bytes(bus: string, bytes: Uint8Array): void {
    this.#noted({ kind: "bytes", bus }, () => super.bytes(bus, bytes));
  }

  override brokerConnected(): void {
    this.#noted({ kind: "broker-connected" }, () => super.brokerConnected());
  }

  override brokerClosed(refused: boolean, why: string): void {
    this.#noted({ kind: "broker-closed", refused, why }, () => super.brokerClosed(refused, why));
  }

  override brokerMessage(incoming: Incoming): void {
    const { topic, payload, retained } = incoming;
    // Pieces of keysets hold the indexes of codes and sealed secrets: what was made of them is noted instead.
    const kept = topic.includes("/keyset/chunk/") || topic.endsWith("/dn/adopt") ? null : payload;
    this.#noted({ kind: "message", topic, payload: kept, retained }, () => super.brokerMessage(incoming));
  }

  override adopt(token: SecretText, done: (answer: AdoptAnswer) => void): void {
    const read = decodeToken(token);
    const words = read.ok ? (({ secret: _secret, ...rest }) => rest)(read.value) : null;
    this.#noted({ kind: "adopt", token: words }, () =>
      super.adopt(token, (answer) => {
        this.#tape.answered({ ...answer });
        done(answer);
      }),
    );
  }

  override pair(door: string, request: PairRequest, done: (answer: PairAnswer) => void): void {
    const key = request.scbk === null ? "fresh" : "hand";
    const did = { kind: "pair", door, windowMs: request.window, key } as const;
    this.#noted(did, () =>
      super.pair(door, request, (answer) => {
        if ("kind" in answer && answer.kind === "weak-key") this.#tape.amend({ ...did, key: "weak" });
        this.#tape.answered({ ...answer });
        done(answer);
      }),
    );
  }

  override execute(act: DoorAct, by: string): ActOutcome {
    return this.#noted({ kind: "execute", act, by }, () => {
      const outcome = super.execute(act, by);
      this.#tape.answered({ ...outcome });
      return outcome;
    });
  }

  override skipIdle(length: Millis): void {
    this.#noted({ kind: "skip", length }, () => super.skipIdle(length));
  }

  #noted<T>(did: Did, act: () => T): T {
    const waiting = (bus: string, address: number) => this.typing(bus, address);
    this.#tape.open(did, this.#clock, this.dueAt);
    let answer: T;
    try {
      answer = act();
    } catch (error) {
      this.#tape.close(waiting, error);
      throw error;
    }
    this.#tape.close(waiting);
    return answer;
  }
}
