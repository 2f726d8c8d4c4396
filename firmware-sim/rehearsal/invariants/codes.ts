/**
 * A code that is typed at a calm door does what the site says, and is answered once: a grant or a refusal with its
 * reasons, and the strike behind a grant. Asked of the site in force by the decision that `lintel explain` asks, with
 * the uses that the journal tells: not of the edge's own state.
 */
import { type Decision, decide, type UsesView } from "@lintel/edge/access/decide.ts";
import { withModes } from "@lintel/edge/access/hold.ts";
import { readEntry } from "@lintel/edge/box/entry.ts";
import { type HeldEdge, holdEdge } from "@lintel/edge/box/held-edge.ts";
import type { Site } from "@lintel/edge/site/site.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import type { Mode } from "@lintel/protocol/base/words.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import { seededBytes } from "../random.ts";
import { Calm } from "./calm.ts";
import { HeldByRecords } from "./held-by-records.ts";
import { type Happening, type Invariant, type Setting, sayMoment } from "./history.ts";
import { InForce } from "./in-force.ts";
import { OpeningsOfKeys } from "./uses.ts";

/** A person types a key every 300 ms (domain-rules, "Rehearsal"). */
const KEY_TIME = 300;
/** From the submit to the answer and the strike: ten polls. */
const ANSWER_TIME = 1_000;
/** A half-typed entry is gone after this at the latest (d2.3). */
const ENTRY_TIME = 10_000;
/** A lock-out of a pad may still run this long after it was told, but for the cap of a day. */
const LOCKED = 16 * 60_000;

interface Entry {
  readonly door: string;
  readonly digits: SecretText;
  readonly from: number;
  readonly due: number;
  /** What the site says, asked as the answer came. */
  expected: Decision | null;
  answers: ShownRecord[];
  opened: boolean;
}

class Codes {
  readonly #sites: InForce;
  readonly #calm: Calm;
  readonly #held = new HeldByRecords();
  readonly #openings = new OpeningsOfKeys();
  readonly #edges = new Map<Site, Map<string, HeldEdge>>();
  readonly #entries = new Map<string, Entry>();
  /** Until when keys of an earlier entry may be in the way. */
  readonly #typing = new Map<string, number>();
  readonly #released = new Set<string>();
  readonly #lockedAt = new Map<string, number>();

  constructor(setting: Setting) {
    this.#sites = new InForce(setting);
    this.#calm = new Calm(setting);
  }

  hear(happening: Happening): string | null {
    const wrong = this.#judgeDue(happening.at);
    this.#sites.hear(happening);
    this.#calm.hear(happening);
    if (happening.kind === "step" && happening.step.kind === "press") this.#press(happening.step, happening.at);
    if (happening.kind === "relay") this.#relay(happening.door, happening.released);
    if (happening.kind === "record") this.#record(happening.record);
    this.#held.hear(happening);
    return wrong;
  }

  #press({ door, keys }: { readonly door: string; readonly keys: SecretText }, at: number): void {
    const free = this.#typing.get(door) ?? Number.NEGATIVE_INFINITY;
    const end = Math.max(at, free - ENTRY_TIME) + keys.length * KEY_TIME;
    this.#typing.set(door, end + ENTRY_TIME);
    const digits = keys.use((text) => /^(\d+)#$/.exec(text)?.[1] ?? null);
    const { codeEntry, interlock } = this.#sites.door(door);
    const plain = codeEntry.submit.includes("#") && !codeEntry.autoSubmit && interlock.length === 0;
    if (digits === null || !plain || at < free || this.#entries.has(door)) {
      this.#entries.delete(door);
      return;
    }
    // A finished entry leaves nothing behind.
    this.#typing.set(door, end);
    const due = end + ANSWER_TIME;
    const entry = { door, digits: new SecretText(digits), from: at, due, expected: null, answers: [], opened: false };
    this.#entries.set(door, { ...entry, opened: this.#released.has(door) });
  }

  #relay(door: string, released: boolean): void {
    if (released) this.#released.add(door);
    else this.#released.delete(door);
    const entry = this.#entries.get(door);
    if (released && entry !== undefined) entry.opened = true;
  }

  #record(record: ShownRecord): void {
    const { door, event, key } = record;
    if (door === null) return;
    if (event === "lockout") this.#lockedAt.set(this.#padOf(door), record.at);
    const entry = this.#entries.get(door);
    if (entry !== undefined && (event === "granted" || event === "denied")) {
      entry.answers.push(record);
      entry.expected ??= this.#expected(entry, record.at);
      entry.opened = this.#released.has(door);
    }
    if (key === null || (event !== "granted" && event !== "given-back")) return;
    const held = this.#sites.key(key, door);
    if (held?.restrictions.some(({ kind }) => kind !== "scheduled") === true) this.#openings.count(record, held);
  }

  #judgeDue(now: number): string | null {
    for (const [door, entry] of this.#entries) {
      if (now <= entry.due) continue;
      this.#entries.delete(door);
      const locked = this.#lockedAt.get(this.#padOf(door)) ?? Number.NEGATIVE_INFINITY;
      if (!this.#calm.isCalm(door, instant(entry.from)) || entry.due - locked < LOCKED) continue;
      const wrong = judge(entry);
      if (wrong !== null) return `the entry at ${door} of ${sayMoment(entry.from)}: ${wrong}`;
    }
    return null;
  }

  #padOf(door: string): string {
    return this.#sites.door(door).keypadGroup ?? `door ${door}`;
  }

  #expected({ door, digits }: Entry, at: number): Decision {
    const { held, reading } = this.#edgeOf(door);
    const mode = this.#held.modeOf(door);
    const modes = new Map<string, Mode>(mode === null ? [] : [[door, mode]]);
    const entry = readEntry(held, door, digits, reading);
    const attempt = { door, entry, at: instant(at), clock: "trusted", peersClosed: true } as const;
    return decide(withModes(held, modes), attempt, this.#uses(door));
  }

  #uses(door: string): UsesView {
    return {
      usesOf: (id, issue) => {
        const key = this.#sites.key(id, door);
        const of = key === null ? new Map<string, number>() : this.#openings.of({ ...key, issue });
        const first = key === null ? null : this.#openings.firstOf({ ...key, issue });
        return {
          count: [...of.values()].reduce((sum, count) => sum + count, 0),
          doors: [...of].flatMap(([id, count]) => (count > 0 ? [id] : [])),
          firstAt: first === null ? null : instant(first),
        };
      },
      otpNextOf: () => 0,
    };
  }

  #edgeOf(door: string): HeldEdge {
    const site = this.#sites.siteAt(door);
    const edge = this.#sites.edgeOf(door);
    const edges = this.#edges.get(site) ?? new Map<string, HeldEdge>();
    this.#edges.set(site, edges);
    const held = edges.get(edge) ?? holdEdge(site, edge, seededBytes(1, `judge ${edge}`));
    edges.set(edge, held);
    return held;
  }
}

/** Null: answered once, as the site says. */
function judge({ answers, expected, opened }: Entry): string | null {
  const [answer, ...more] = answers;
  if (answer === undefined || expected === null) return "nobody answered";
  if (more.length > 0) return `${answers.length} answers are recorded`;
  const said = sayAnswer(answer.event === "granted" ? "grant" : "deny", answer.key, answer.reasons);
  const due = sayAnswer(expected.outcome, expected.key, expected.reasons);
  if (said !== due) return `answered ${said}, expected ${due}`;
  return expected.outcome === "deny" || opened ? null : "granted, and the strike was not released";
}

function sayAnswer(outcome: string, key: string | null, reasons: readonly string[]): string {
  return [outcome, ...(key === null ? [] : [`key ${key}`]), ...reasons].join(" ");
}

export const CODES: Invariant = {
  name: "a-code-does-what-the-site-says",
  says: "a code typed at a door that nothing disturbs is answered once, as the site says, and a grant releases the strike",
  watch: (setting) => {
    const codes = new Codes(setting);
    return (happening) => codes.hear(happening);
  },
};
