/**
 * Shapes of message bodies: each stands once and both writes and reads. A map is read strictly: a field that is
 * missing, unknown or out of its bounds is refused with its path, so that nothing half-understood is acted upon.
 */
import { fromHex, toHex } from "../base/bytes.ts";
import type { Cbor } from "../base/cbor.ts";
import { isId } from "../base/ids.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { type Instant, instant } from "../base/units.ts";

/** `at` is the path inside the body, like `records[3].seq`. */
export interface ShapeError {
  readonly kind: "wrong-shape";
  readonly at: string;
  readonly expected: string;
}

export interface Shape<T> {
  write(value: T): Cbor;
  read(value: Cbor, at: string): Result<T, ShapeError>;
}

export type ShapeOf<S> = S extends Shape<infer T> ? T : never;

export function wrongShape(at: string, expected: string): { readonly ok: false; readonly error: ShapeError } {
  return fail({ kind: "wrong-shape", at, expected });
}

/** A shape of plain values: `claim` says which values belong, `expected` says it in words. */
function plain<T extends Cbor>(expected: string, claim: (value: Cbor) => boolean): Shape<T> {
  return { write: (value) => value, read: (value, at) => (claim(value) ? ok(value as T) : wrongShape(at, expected)) };
}

export const flag: Shape<boolean> = plain("true or false", (value) => typeof value === "boolean");

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return plain(
    `an integer from ${min} to ${max}`,
    (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max,
  );
}

/** Ms since 1970, as the sender's clock has it: never negative, and no promise that it is right. */
export const time: Shape<Instant> = {
  // A clock counts finer than the wire: whole ms, never later than what was meant.
  write: (value) => Math.floor(value),
  read: (value, at) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= 0
      ? ok(instant(value))
      : wrongShape(at, "ms since 1970"),
};

/** Exactly `length` bytes. */
export function bytes(length: number): Shape<Uint8Array> {
  return plain(`${length} bytes`, (value) => value instanceof Uint8Array && value.length === length);
}

export function bytesUpTo(length: number): Shape<Uint8Array> {
  return plain(`at most ${length} bytes`, (value) => value instanceof Uint8Array && value.length <= length);
}

/** `length` bytes on the wire, lower-case hex in memory. */
export function hex(length: number): Shape<string> {
  return {
    write: (value) => {
      const read = fromHex(value);
      return read.ok ? read.value : value;
    },
    read: (value, at) =>
      value instanceof Uint8Array && value.length === length ? ok(toHex(value)) : wrongShape(at, `${length} bytes`),
  };
}

export function text(max: number): Shape<string> {
  return plain(`text of at most ${max} characters`, (value) => typeof value === "string" && value.length <= max);
}

export const id: Shape<string> = plain("an id", (value) => typeof value === "string" && isId(value));

export function oneOf<const T extends string>(words: readonly T[]): Shape<T> {
  return plain(`one of ${words.join(", ")}`, (value) => (words as readonly Cbor[]).includes(value));
}

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return {
    write: (value) => (value === null ? null : shape.write(value)),
    read: (value, at) => (value === null ? ok(null) : shape.read(value, at)),
  };
}

export function listOf<T>(
  shape: Shape<T>,
  bounds: { readonly min: number; readonly max: number },
): Shape<readonly T[]> {
  return {
    write: (values) => values.map((value) => shape.write(value)),
    read: (value, at) => {
      if (!Array.isArray(value) || value.length < bounds.min || value.length > bounds.max) {
        return wrongShape(at, `a list of ${bounds.min} to ${bounds.max}`);
      }
      const members: T[] = [];
      for (const [index, member] of (value as readonly Cbor[]).entries()) {
        const read = shape.read(member, `${at}[${index}]`);
        if (!read.ok) return read;
        members.push(read.value);
      }
      return ok(members);
    },
  };
}

/** A shape whose parts must also fit each other. */
export function that<T>(shape: Shape<T>, expected: string, fits: (value: T) => boolean): Shape<T> {
  return {
    write: (value) => shape.write(value),
    read: (value, at) => {
      const read = shape.read(value, at);
      return read.ok && !fits(read.value) ? wrongShape(at, expected) : read;
    },
  };
}

type Fields = Readonly<Record<string, Shape<never>>>;
type ValueOf<F> = { readonly [K in keyof F]: ShapeOf<F[K]> };

/** A map with exactly these fields. */
export function map<const F extends Readonly<Record<string, unknown>>>(fields: F): Shape<ValueOf<F>> {
  const shapes = Object.entries(fields as unknown as Fields);
  return {
    write: (value) => {
      const whole: Record<string, Cbor> = {};
      for (const [name, shape] of shapes) whole[name] = shape.write(value[name as keyof F] as never);
      return whole;
    },
    read: (value, at) => {
      if (!isMap(value)) return wrongShape(at, "a map");
      const whole: Record<string, unknown> = {};
      for (const [name, shape] of shapes) {
        const path = at === "" ? name : `${at}.${name}`;
        if (!Object.hasOwn(value, name)) return wrongShape(path, "to be there");
        const read = shape.read(value[name]!, path);
        if (!read.ok) return read;
        whole[name] = read.value;
      }
      const extra = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
      if (extra !== undefined)
        return wrongShape(at === "" ? extra.slice(0, 40) : `${at}.${extra.slice(0, 40)}`, "not to be there");
      return ok(whole as ValueOf<F>);
    },
  };
}

/** Maps told apart by their field `kind`. */
export function byKind<T extends { readonly kind: string }>(
  shapes: {
    readonly [K in T["kind"]]: Shape<Extract<T, { readonly kind: K }>>;
  },
): Shape<T> {
  const kinds = Object.keys(shapes) as T["kind"][];
  const shapeOf = (kind: T["kind"]) => shapes[kind] as unknown as Shape<T>;
  return {
    write: (value) => shapeOf(value.kind as T["kind"]).write(value),
    read: (value, at) => {
      const kind = isMap(value) ? kinds.find((known) => known === value.kind) : undefined;
      return kind === undefined
        ? wrongShape(at === "" ? "kind" : `${at}.kind`, `one of ${kinds.join(", ")}`)
        : shapeOf(kind).read(value, at);
    },
  };
}

/** Exactly this word. */
export function word<const T extends string>(text: T): Shape<T> {
  return oneOf([text]);
}

export function isMap(value: Cbor | undefined): value is { readonly [key: string]: Cbor } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
