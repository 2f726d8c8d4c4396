/**
 * What a fault is: the model of one physical cause, with a name and parameters that a person can set. Here: their
 * catalogue's shape, and how one is read from the fields of a script line or the words of a command. What each does
 * stands with the part it befalls.
 */
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { type Millis, millis } from "@lintel/protocol/base/units.ts";

/** What a fault befalls: one Controller, the line of its bus, the edge that serves the door, or what all edges share. */
export type FaultPlace = "controller" | "line" | "edge" | "site";

export type Parameter =
  | {
      readonly kind: "number";
      readonly about: string;
      readonly min: number;
      readonly max: number;
      readonly default: number;
    }
  /** Written `250ms 30s 2h`, also as `-3s` where `min` is negative. In ms. */
  | {
      readonly kind: "duration";
      readonly about: string;
      readonly min: Millis;
      readonly max: Millis;
      readonly default: Millis;
    }
  | { readonly kind: "word"; readonly about: string; readonly words: readonly string[]; readonly default: string };

export interface FaultKind {
  readonly name: string;
  /** The physical cause, in a sentence without a full stop. */
  readonly cause: string;
  readonly place: FaultPlace;
  /** True: stands until its `for` is over or it is taken off. False: happens at once and is over. */
  readonly lasts: boolean;
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** One fault as somebody asked for it: every parameter of its kind has a value. Durations are in ms. */
export interface Fault {
  readonly kind: FaultKind;
  readonly settings: Readonly<Record<string, number | string>>;
  /** `off`: takes away one that stands. */
  readonly off: boolean;
  /** How long it stands; null: until it is taken off. */
  readonly lasting: Millis | null;
}

export interface FaultError {
  readonly field: string;
  readonly message: string;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `given`: the fields beside its name and the door; a number may come as text. */
export function readFault(kind: FaultKind, given: Readonly<Record<string, unknown>>): Result<Fault, FaultError> {
  const { for: lasting, off, ...rest } = given;
  const strange = Object.keys(rest).find((name) => !Object.hasOwn(kind.parameters, name));
  if (strange !== undefined) return wrong(strange, `${kind.name} has no such parameter; it has ${namesOf(kind)}`);
  if (off !== undefined && off !== true) return wrong("off", "expected true");
  if ((off !== undefined || lasting !== undefined) && !kind.lasts)
    return wrong(off === undefined ? "for" : "off", `${kind.name} happens at once: it neither lasts nor is taken off`);
  const length = lasting === undefined ? null : readLength(lasting);
  if (length !== null && !(length > 0)) return wrong("for", `${shown(lasting)}, expected a length of time such as 30s`);
  const settings: Record<string, number | string> = {};
  for (const [name, parameter] of Object.entries(kind.parameters)) {
    const value = rest[name] === undefined ? parameter.default : readValue(parameter, rest[name]);
    if (value === null) return wrong(name, `${shown(rest[name])}, expected ${expectation(parameter)}`);
    settings[name] = value;
  }
  return ok({ kind, settings, off: off === true, lasting: length === null ? null : millis(length) });
}

/** The words behind `fault` of `lintel sim`: `byte-loss rate=0.01 for=30s`, `byte-loss off`. */
export function readFaultWords(kind: FaultKind, words: readonly string[]): Result<Fault, FaultError> {
  const given: Record<string, unknown> = {};
  for (const word of words) {
    const [, name, value] = /^([a-zA-Z]+)=(.+)$/.exec(word) ?? [];
    if (word === "off") given.off = true;
    else if (name === undefined) return wrong(word, "expected PARAMETER=VALUE, for=LENGTH or off");
    else if (Object.hasOwn(given, name)) return wrong(name, "given twice");
    else given[name] = value;
  }
  return readFault(kind, given);
}

/** Where `expected` stands in a message and in the list of faults: `0 to 1`, `1ms to 24h`, `red or black`. */
export function expectation(parameter: Parameter): string {
  switch (parameter.kind) {
    case "number":
      return `${parameter.min} to ${parameter.max}`;
    case "duration":
      return `${sayLength(parameter.min)} to ${sayLength(parameter.max)}`;
    case "word":
      return parameter.words.join(" or ");
  }
}

/** The shortest way to write it: `90s`, `2h`. */
export function sayLength(length: number): string {
  if (length === 0) return "0s";
  const unit = ["d", "h", "m", "s"].find((each) => length % UNITS[each]! === 0) ?? "ms";
  return `${length / UNITS[unit]!}${unit}`;
}

function readValue(parameter: Parameter, value: unknown): number | string | null {
  if (parameter.kind === "word") return parameter.words.find((word) => word === String(value)) ?? null;
  const number = parameter.kind === "duration" ? readLength(value) : readNumber(value);
  return number >= parameter.min && number <= parameter.max ? number : null;
}

/** In ms; NaN for what is none. */
function readLength(value: unknown): number {
  const [, number, unit] = /^(-?\d{1,12})(ms|s|m|h|d)$/.exec(String(value)) ?? [];
  return number === undefined ? Number.NaN : Number(number) * UNITS[unit!]!;
}

function readNumber(value: unknown): number {
  return typeof value === "number" || /^-?\d{1,12}(\.\d{1,12})?$/.test(String(value)) ? Number(value) : Number.NaN;
}

function namesOf(kind: FaultKind): string {
  const names = [...Object.keys(kind.parameters), ...(kind.lasts ? ["for", "off"] : [])];
  return names.length === 0 ? "none" : names.join(", ");
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 40) ?? "missing";
}

function wrong(field: string, message: string): { readonly ok: false; readonly error: FaultError } {
  return fail({ field, message });
}
