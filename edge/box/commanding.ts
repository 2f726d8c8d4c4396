/**
 * Commands of the authority, done once. The number of a command becomes durable in the transaction of the act that it
 * asks for, so that neither a power cut nor a repetition does it twice; what is not done is recorded, with who asked.
 * What an act does at a door is `Doors.execute`'s.
 */
import { between, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { ActOutcome, DoorAct } from "@lintel/protocol/mqtt/command.ts";
import type { NewRecord } from "@lintel/protocol/mqtt/record.ts";
import { LIMITS as UPLINK } from "../uplink/limits.ts";
import { type Executed, judgeOrder, type Order, type Orders, settled, startOrders } from "../uplink/orders.ts";
import type { StoreChange } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { Refusals } from "./refusals.ts";
import type { EdgeTime } from "./time.ts";

export interface CommandingOptions {
  readonly time: EdgeTime;
  readonly recorder: Pick<Recorder, "record">;
  /** As it is stored. */
  readonly last: Executed | null;
  /** Does the act, and makes `changes` durable in the transaction of its record. `refused`: nothing of it was done. */
  readonly execute: (act: DoorAct, by: string, changes: readonly StoreChange[]) => ActOutcome;
}

export class Commanding {
  readonly #options: CommandingOptions;
  readonly #refusals = new Refusals();
  #orders: Orders;
  /** Answers to what is not executed, in the second that began then. */
  #silent: { readonly since: Monotonic; answered: number };

  constructor(options: CommandingOptions) {
    this.#options = options;
    const now = options.time.monotonic;
    this.#orders = startOrders(options.last, now);
    this.#silent = { since: now, answered: 0 };
  }

  /** What is to be answered; null: nothing, there were too many that asked for nothing. */
  take(order: Order): ActOutcome | null {
    const { time } = this.#options;
    const now = time.monotonic;
    // The authority that commands tells the time too. A clock that it did not tell may be behind, and by how much it is, a
    // broker could keep a command beyond its end.
    const judged = judgeOrder(this.#orders, order, time.trust === "trusted" ? time.now : null, now);
    switch (judged.kind) {
      case "execute":
        return this.#execute(order);
      case "again":
        return this.#mayAnswer(now) ? judged.outcome : null;
      case "refuse": {
        const record = this.#refusal(judged.why, order);
        if (record !== null) this.#options.recorder.record({ records: [record] });
        return this.#mayAnswer(now) ? { kind: "refused", why: judged.answer } : null;
      }
    }
  }

  /** Something on the topic of commands that is none of the authority's, or not for us. Nobody is told. */
  notOpened(why: string): void {
    const record = this.#refusal(why, null);
    if (record !== null) this.#options.recorder.record({ records: [record] });
  }

  #execute(order: Order): ActOutcome {
    const { execute, recorder, time } = this.#options;
    const { act, by, n, digest } = order;
    const done: Executed = { n, digest, outcome: { kind: "done" } };
    const outcome = execute(act, by, [{ kind: "command", executed: done }]);
    const executed = { ...done, outcome };
    this.#orders = settled(this.#orders, executed, time.monotonic);
    if (outcome.kind === "refused") {
      // Who was told no is not surprised by a yes when somebody plays the command back.
      const record = this.#refusal(outcome.why, order);
      recorder.record({ records: record === null ? [] : [record], changes: [{ kind: "command", executed }] });
    }
    return outcome;
  }

  /** The record of a refusal; null where one of its kind was written within the minute. */
  #refusal(why: string, order: Order | null): NewRecord | null {
    const { time } = this.#options;
    const count = this.#refusals.count(why, time.monotonic);
    if (count === null) return null;
    const nobody = { reasons: [], key: null, user: null, fingerprint: null };
    const asked: NewRecord["detail"] = order === null ? {} : { by: order.by, act: order.act.kind, n: order.n };
    const door = order?.act.door ?? null;
    return {
      ...nobody,
      at: time.now,
      clock: time.trust,
      door,
      event: "command-refused",
      detail: { why, count, ...asked },
    };
  }

  #mayAnswer(now: Monotonic): boolean {
    if (between(this.#silent.since, now) >= 1000) this.#silent = { since: now, answered: 0 };
    this.#silent.answered += 1;
    return this.#silent.answered <= UPLINK.orderAnswers;
  }
}
