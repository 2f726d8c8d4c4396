/**
 * Values as CBOR, from one table both ways: the fields of a record stand once, in the order of the wire, with their
 * bounds. A record is an array without field names, so a keyset of 100,000 keys stays small. Reading refuses whatever
 * writing could not have made, and names the place.
 */
import type { Cbor } from "../base/cbor.ts";
import { invariant } from "../base/invariant.ts";
import { fail, ok, type Result } from "../base/result.ts";

/** Where a value was not what its shape says. Never carries the value: it may be a secret. */
export interface Mismatch {
  /** `keys[2].doors[0]`; empty for the value itself. */
  readonly path: string;
  readonly expected: string;
}

export interface Shape<T> {
  write(value: T): Cbor;
  read(cbor: Cbor): Result<T, Mismatch>;
}

/** A value that is its own CBOR and only has to satisfy `fits`. */
function plain<T extends Cbor>(expected: string, fits: (cbor: Cbor) => boolean): Shape<T> {
  return {
    write(value) {
      invariant(fits(value), "a written value has its shape", { expected });
      return value;
    },
    read: (cbor) => (fits(cbor) ? ok(cbor as T) : fail({ path: "", expected })),
  };
}

/** A whole number from `min` to `max`, both included. Branded numbers pass through unchanged. */
export function whole<T extends number = number>(min: number, max: number): Shape<T> {
  return plain<T>(
    `a whole number from ${min} to ${max}`,
    (cbor) => typeof cbor === "number" && Number.isSafeInteger(cbor) && cbor >= min && cbor <= max,
  );
}

export const flag: Shape<boolean> = plain("true or false", (cbor) => typeof cbor === "boolean");

export function text(max: number): Shape<string> {
  return plain(`text of at most ${max} characters`, (cbor) => typeof cbor === "string" && cbor.length <= max);
}

export function textThat(expected: string, fits: (text: string) => boolean): Shape<string> {
  return plain(expected, (cbor) => typeof cbor === "string" && fits(cbor));
}

export function oneOf<T extends string>(words: readonly T[]): Shape<T> {
  return plain<T>(`one of ${words.join(", ")}`, (cbor) => (words as readonly Cbor[]).includes(cbor));
}

export function bytesOf(length: number): Shape<Uint8Array> {
  return plain(`${length} bytes`, (cbor) => cbor instanceof Uint8Array && cbor.length === length);
}

export function bytesUpTo(length: number): Shape<Uint8Array> {
  return plain(`at most ${length} bytes`, (cbor) => cbor instanceof Uint8Array && cbor.length <= length);
}

export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return {
    write: (value) => (value === null ? null : shape.write(value)),
    read: (cbor) => (cbor === null ? ok(null) : shape.read(cbor)),
  };
}

export function listOf<T>(shape: Shape<T>, limits: { min?: number; max: number }): Shape<readonly T[]> {
  const min = limits.min ?? 0;
  const expected = `a list of ${min} to ${limits.max}`;
  return {
    write(values) {
      invariant(values.length >= min && values.length <= limits.max, "a written list has its length", {
        length: values.length,
        ...limits,
      });
      return values.map((value) => shape.write(value));
    },
    read(cbor) {
      if (!Array.isArray(cbor) || cbor.length < min || cbor.length > limits.max) return fail({ path: "", expected });
      const values: T[] = [];
      for (const [at, item] of cbor.entries()) {
        const value = shape.read(item);
        if (!value.ok) return within(`[${at}]`, value.error);
        values.push(value.value);
      }
      return ok(values);
    },
  };
}

/** The fields of `T` as an array in the order of `fields`. */
export function record<T extends object>(fields: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    write: (value) => names.map((name) => fields[name].write(value[name])),
    read(cbor) {
      if (!Array.isArray(cbor) || cbor.length !== names.length)
        return fail({ path: "", expected: `${names.length} fields` });
      const value: Partial<T> = {};
      for (const [at, name] of names.entries()) {
        const field = fields[name].read(cbor[at]!);
        if (!field.ok) return within(`.${name}`, field.error);
        value[name] = field.value;
      }
      return ok(value as T);
    },
  };
}

/** A union told apart by its `kind`: that word, then the other fields of its record. */
export function kinds<T extends { readonly kind: string }>(
  shapes: {
    readonly [K in T["kind"]]: Shape<Omit<Extract<T, { kind: K }>, "kind">>;
  },
): Shape<T> {
  const shapeOf = (kind: string) => shapes[kind as T["kind"]] as unknown as Shape<object>;
  return {
    write: (value) => [value.kind, ...(shapeOf(value.kind).write(value) as readonly Cbor[])],
    read(cbor) {
      const kind = Array.isArray(cbor) ? cbor[0] : null;
      if (typeof kind !== "string" || !Object.hasOwn(shapes, kind))
        return fail({ path: ".kind", expected: `one of ${Object.keys(shapes).join(", ")}` });
      const rest = shapeOf(kind).read((cbor as readonly Cbor[]).slice(1));
      return rest.ok ? ok({ kind, ...rest.value } as unknown as T) : rest;
    },
  };
}

/** One of a few words, or else a value of `shape`, which itself never is a text. */
export function wordOr<const W extends string, T extends object>(words: readonly W[], shape: Shape<T>): Shape<W | T> {
  const word = oneOf<W>(words);
  return {
    write: (value) => (typeof value === "string" ? word.write(value) : shape.write(value)),
    read: (cbor) => (typeof cbor === "string" ? word.read(cbor) : shape.read(cbor)),
  };
}

function within(step: string, inner: Mismatch): { readonly ok: false; readonly error: Mismatch } {
  return fail({ path: `${step}${inner.path}`, expected: inner.expected });
}
