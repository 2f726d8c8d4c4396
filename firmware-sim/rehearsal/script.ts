/**
 * A script: JSON Lines, each with its instant and one thing that happens then (design 5.6). Read whole before anything
 * runs; a bad line is named, and nothing of the script is done. What happens is read here whatever it was written in.
 */
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import { MODES, type Mode } from "@lintel/protocol/base/words.ts";
import { type Fault, type FaultKind, readFault } from "../board/faults/fault.ts";
import { LIMITS } from "./limits.ts";

export type Step = { readonly at: Instant; readonly line: number } & StepKind;

export type StepKind =
  | { readonly kind: "press"; readonly door: string; readonly keys: SecretText }
  | { readonly kind: "rex"; readonly door: string }
  | { readonly kind: "contact"; readonly door: string; readonly open: boolean }
  | { readonly kind: "authority"; readonly on: boolean }
  | { readonly kind: "power"; readonly unit: "edge" | "controller"; readonly door: string; readonly on: boolean }
  | { readonly kind: "clock"; readonly set: { readonly stepMs: number } | "unknown" | "trusted" }
  | { readonly kind: "mode"; readonly door: string; readonly mode: Mode }
  | {
      readonly kind: "override";
      readonly door: string;
      readonly state: "unlock" | "lock" | "resume";
      readonly until: Instant | "period-end" | null;
    }
  | { readonly kind: "apply"; readonly path: string }
  | { readonly kind: "fire"; readonly door: string; readonly on: boolean }
  | { readonly kind: "tamper"; readonly door: string; readonly on: boolean }
  /** `door`: null for one of all edges or of the site. */
  | { readonly kind: "fault"; readonly fault: Fault; readonly door: string | null }
  | { readonly kind: "end" };

export interface ScriptError {
  /** From 1. */
  readonly line: number;
  /** The field; empty for the line as a whole. */
  readonly field: string;
  readonly message: string;
}

/** What is wrong with the fields of a step; where they stand is known to who took them from a file. */
export type FieldError = Omit<ScriptError, "line">;

export interface ScriptNames {
  readonly doors: ReadonlySet<string>;
  readonly faults: ReadonlyMap<string, FaultKind>;
  /** RFC 3339 with `Z` or an offset; null for anything else. */
  readonly instantOf: (text: string) => Instant | null;
}

/** The fields that name what happens; exactly one stands in a line. */
const ACTS = [
  "press",
  "rex",
  "contact",
  "authority",
  "power",
  "clock",
  "mode",
  "override",
  "apply",
  "fire",
  "tamper",
  "fault",
  "end",
] as const;
type Act = (typeof ACTS)[number];

/** What may stand beside each; `fault` takes what its fault takes. */
const BESIDE: Readonly<Record<Exclude<Act, "fault">, readonly string[]>> = {
  press: ["door"],
  rex: ["door"],
  contact: ["door"],
  authority: [],
  power: ["unit", "door"],
  clock: [],
  mode: ["door"],
  override: ["until", "door"],
  apply: [],
  fire: ["door"],
  tamper: ["door"],
  end: [],
};

export function readScript(text: string, names: ScriptNames): Result<readonly Step[], ScriptError> {
  const lines = text.split(/\r?\n/);
  if (lines.length > LIMITS.scriptLines)
    return fail({ line: LIMITS.scriptLines + 1, field: "", message: `more than ${LIMITS.scriptLines} lines` });
  const steps: Step[] = [];
  for (const [index, written] of lines.entries()) {
    if (written.trim() === "") continue;
    const line = index + 1;
    const step = new LineReader(names).read(written);
    if (!step.ok) return fail({ line, ...step.error });
    const before = steps.at(-1);
    if (before !== undefined && step.value.at < before.at)
      return fail({ line, field: "at", message: `earlier than line ${before.line}; at never decreases` });
    if (before?.kind === "end")
      return fail({ line, field: "", message: `behind the end, which is line ${before.line}` });
    steps.push({ ...step.value, line });
  }
  if (steps.length === 0) return fail({ line: 1, field: "", message: "an empty script: nothing happens in it" });
  return ok(steps);
}

/** The fields of a step besides those that say when. A press is in them: they go into no message. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a step does, from its fields. */
export function readAct(fields: Fields, names: ScriptNames): Result<StepKind, FieldError> {
  return new LineReader(names).act(fields);
}

/** Whether what the fields do is done at one door, which `door` names. */
export function isAtDoor(fields: Fields): boolean {
  return ACTS.some((act) => act !== "fault" && fields[act] !== undefined && BESIDE[act].includes("door"));
}

type Wrong = { readonly ok: false; readonly error: FieldError };

class LineReader {
  readonly #names: ScriptNames;

  constructor(names: ScriptNames) {
    this.#names = names;
  }

  read(text: string): Result<StepKind & { readonly at: Instant }, FieldError> {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return wrong("", "not JSON");
    }
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return wrong("", 'expected an object {"at",…}');
    const fields = value as Fields;
    const at = typeof fields.at === "string" ? this.#names.instantOf(fields.at) : null;
    if (at === null)
      return wrong("at", `${shown(fields.at)}, expected an instant with Z or an offset, such as 2026-12-05T09:30:00Z`);
    const step = this.act(fields);
    return step.ok ? ok({ ...step.value, at }) : step;
  }

  act(fields: Fields): Result<StepKind, FieldError> {
    const acts = ACTS.filter((act) => fields[act] !== undefined);
    const act = acts[0];
    if (act === undefined || acts.length > 1)
      return wrong(
        acts[1] ?? "",
        `${acts.length === 0 ? "nothing happens" : "two things happen"} here, expected one of ${ACTS.join(", ")}`,
      );
    if (act !== "fault") {
      const strange = Object.keys(fields).find((name) => name !== "at" && name !== act && !BESIDE[act].includes(name));
      if (strange !== undefined) return wrong(strange, `an unknown field beside ${act}`);
    }
    return this.#act(act, fields);
  }

  #act(act: Act, fields: Fields): Result<StepKind, FieldError> {
    switch (act) {
      case "authority":
        return word(fields, "authority", ["on", "off"], (on) => ok({ kind: "authority", on: on === "on" }));
      case "clock":
        return readClock(fields.clock);
      case "apply":
        return typeof fields.apply === "string" && fields.apply !== ""
          ? ok({ kind: "apply", path: fields.apply })
          : wrong("apply", "expected the path of a site file");
      case "end":
        return fields.end === true ? ok({ kind: "end" }) : wrong("end", "expected true");
      case "fault":
        return this.#fault(fields);
      default:
        return this.#atDoor(act, fields);
    }
  }

  #atDoor(
    act: Exclude<Act, "authority" | "clock" | "apply" | "end" | "fault">,
    fields: Fields,
  ): Result<StepKind, FieldError> {
    const { door } = fields;
    if (typeof door !== "string") return wrong("door", "missing: the id of a door");
    if (!this.#names.doors.has(door)) return wrong("door", `there is no door '${door}' in the site`);
    switch (act) {
      case "press": {
        const keys = fields.press;
        if (typeof keys !== "string" || !/^[0-9*#]+$/.test(keys) || keys.length > LIMITS.pressKeys)
          return wrong("press", `expected 1 to ${LIMITS.pressKeys} keys of 0-9, * and #`);
        return ok({ kind: "press", door, keys: new SecretText(keys) });
      }
      case "rex":
        return fields.rex === true ? ok({ kind: "rex", door }) : wrong("rex", "expected true");
      case "contact":
        return word(fields, "contact", ["open", "closed"], (is) => ok({ kind: "contact", door, open: is === "open" }));
      case "power":
        return word(fields, "power", ["on", "off"], (on) =>
          word(fields, "unit", ["edge", "controller"], (unit) => ok({ kind: "power", unit, door, on: on === "on" })),
        );
      case "mode":
        return word(fields, "mode", MODES, (mode) => ok({ kind: "mode", door, mode }));
      case "override":
        return word(fields, "override", ["unlock", "lock", "resume"], (state) => {
          const until = this.#until(fields.until);
          if (until === undefined) return wrong("until", `${shown(fields.until)}, expected an instant or "period-end"`);
          if (state === "resume" && until !== null) return wrong("until", "resume has no end: it ends what stands");
          return ok({ kind: "override", door, state, until });
        });
      case "fire":
      case "tamper":
        return typeof fields[act] === "boolean"
          ? ok({ kind: act, door, on: fields[act] })
          : wrong(act, "expected true or false");
    }
  }

  #until(until: unknown): Instant | "period-end" | null | undefined {
    if (until === undefined) return null;
    if (until === "period-end") return until;
    return typeof until === "string" ? (this.#names.instantOf(until) ?? undefined) : undefined;
  }

  #fault(fields: Fields): Result<StepKind, FieldError> {
    const { at: _at, fault: name, door = null, ...given } = fields;
    const kind = typeof name === "string" ? this.#names.faults.get(name) : undefined;
    if (kind === undefined) return wrong("fault", `${shown(name)} is no fault; lintel rehearse --faults lists them`);
    if (door !== null && !(typeof door === "string" && this.#names.doors.has(door)))
      return wrong("door", `${shown(door)}: there is no such door in the site`);
    const { place } = kind;
    if (door === null && (place === "controller" || place === "line"))
      return wrong("door", `missing: the door at which ${kind.name} is, by its id`);
    if (door !== null && place === "site") return wrong("door", `${kind.name} is of the whole site: it has no door`);
    const fault = readFault(kind, given);
    return fault.ok ? ok({ kind: "fault", fault: fault.value, door }) : fault;
  }
}

function readClock(clock: unknown): Result<StepKind, FieldError> {
  if (clock === "unknown" || clock === "trusted") return ok({ kind: "clock", set: clock });
  const expected = 'expected {"stepMs":N}, "unknown" or "trusted"';
  if (typeof clock !== "object" || clock === null) return wrong("clock", expected);
  const { stepMs, ...more } = clock as Fields;
  const whole = typeof stepMs === "number" && Number.isSafeInteger(stepMs) && Math.abs(stepMs) < 1e12;
  return whole && Object.keys(more).length === 0 ? ok({ kind: "clock", set: { stepMs } }) : wrong("clock", expected);
}

function word<const W extends string>(
  fields: Fields,
  name: string,
  words: readonly W[],
  then: (word: W) => Result<StepKind, FieldError>,
): Result<StepKind, FieldError> {
  const given = words.find((each) => each === fields[name]);
  return given === undefined ? wrong(name, `${shown(fields[name])}, expected one of ${words.join(", ")}`) : then(given);
}

/** A value in a message; what a press types never gets here. */
function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value).slice(0, 40);
}

function wrong(field: string, message: string): Wrong {
  return fail({ field, message });
}
