/**
 * The field kinds that message tables are made of: each knows how to read itself, write itself, say itself, and say how
 * it stands on the wire. A reader never throws: the first fault sticks, and what is read after it is empty and never used.
 */
import { toHex } from "../base/bytes.ts";
import { invariant } from "../base/invariant.ts";
import { Secret } from "../base/secret.ts";
import { type Millis, millis } from "../base/units.ts";

/** `length`: bytes missing or left over (NAK 2). `value`: the length is right, a value is not (NAK 9). */
export type FieldFault = "length" | "value";

export class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #fault: FieldFault | null = null;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  get left(): number {
    return this.#bytes.length - this.#at;
  }
  get fault(): FieldFault | null {
    return this.#fault;
  }
  refuse(fault: FieldFault): void {
    this.#fault ??= fault;
  }
  take(count: number): Uint8Array {
    if (this.#fault !== null || count > this.left) {
      this.refuse("length");
      return new Uint8Array(0);
    }
    this.#at += count;
    return this.#bytes.slice(this.#at - count, this.#at);
  }
  /** An unsigned number of `count` bytes, little-endian. */
  number(count: number): number {
    if (this.#fault !== null || count > this.left) {
      this.refuse("length");
      return 0;
    }
    let value = 0;
    for (let at = count - 1; at >= 0; at -= 1) value = value * 256 + this.#bytes[this.#at + at]!;
    this.#at += count;
    return value;
  }
}

export class FieldWriter {
  readonly #bytes: number[] = [];
  number(value: number, count: number): void {
    invariant(Number.isInteger(value) && value >= 0 && value < 256 ** count, "a number fits its field", { count });
    for (let left = value, at = 0; at < count; at += 1, left = Math.floor(left / 256)) this.#bytes.push(left % 256);
  }
  bytes(value: Uint8Array): void {
    for (const byte of value) this.#bytes.push(byte);
  }
  written(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** How a field stands on the wire, for the reference page. */
export type Form =
  | { readonly kind: "value"; readonly words: string }
  | { readonly kind: "record"; readonly parts: readonly { readonly name: string; readonly form: Form }[] }
  | { readonly kind: "list"; readonly item: Form; readonly min: number; readonly max: number };

export interface Field<T> {
  read(reader: FieldReader): T;
  /** Writes what `read` reads. A value that does not fit is our own mistake. */
  write(writer: FieldWriter, value: T): void;
  /** For people. Never a digit of a code, never a byte of a key or of a card. */
  text(value: T): string;
  readonly form: Form;
}

function value(words: string): Form {
  return { kind: "value", words };
}

/** The same field, and more said of how it stands on the wire. */
export function noted<T>(field: Field<T>, note: string): Field<T> {
  return { ...field, form: value(`${wordsOf(field)}; ${note}`) };
}

function wordsOf({ form }: Field<never> | Field<unknown>): string {
  invariant(form.kind === "value", "only a single value is described in words");
  return form.words;
}

export type ValueOf<F> = F extends Field<infer T> ? T : never;
export type Fields = { readonly [name: string]: Field<never> | Field<unknown> };
export type RecordOf<Fs> = { readonly [K in keyof Fs]: ValueOf<Fs[K]> };

function unsigned(count: number): Field<number> {
  return {
    read: (reader) => reader.number(count),
    write: (writer, value) => writer.number(value, count),
    text: String,
    form: value(`u${count * 8}`),
  };
}

export const u8 = unsigned(1);
export const u16le = unsigned(2);
export const u32le = unsigned(4);

/** Two's complement, -32768..32767. */
export const i16le: Field<number> = {
  read: (reader) => {
    const value = reader.number(2);
    return value < 0x8000 ? value : value - 0x10000;
  },
  write: (writer, value) => writer.number(value < 0 ? value + 0x10000 : value, 2),
  text: String,
  form: value("i16"),
};

/** 0 or 1. */
export const flag: Field<boolean> = {
  read: (reader) => {
    const value = reader.number(1);
    if (value > 1) reader.refuse("value");
    return value === 1;
  },
  write: (writer, value) => writer.number(value ? 1 : 0, 1),
  text: (on) => (on ? "yes" : "no"),
  form: value("u8: 0 no, 1 yes"),
};

/** A number between `min` and `max`, both included. */
export function ranged(field: Field<number>, min: number, max: number): Field<number> {
  return {
    ...field,
    read: (reader) => {
      const value = field.read(reader);
      if (value < min || value > max) reader.refuse("value");
      return value;
    },
    write: (writer, value) => {
      invariant(value >= min && value <= max, "a number is within its range", { value, min, max });
      field.write(writer, value);
    },
    form: value(`${wordsOf(field)}, ${min} to ${max}`),
  };
}

/** One of a few numbers; any other is a wrong value. */
export function amongst(field: Field<number>, numbers: readonly number[]): Field<number> {
  return {
    ...field,
    read: (reader) => {
      const value = field.read(reader);
      if (!numbers.includes(value)) reader.refuse("value");
      return value;
    },
    write: (writer, value) => {
      invariant(numbers.includes(value), "a number is one of those that are known", { value });
      field.write(writer, value);
    },
    form: value(`${wordsOf(field)}: ${numbers.join(", ")}`),
  };
}

/** A number that has a name; any other is a wrong value. */
export function oneOf<const Names extends { readonly [name: string]: number }>(
  field: Field<number>,
  names: Names,
): Field<keyof Names & string> {
  type Name = keyof Names & string;
  const byNumber = new Map(Object.entries(names).map(([name, number]) => [number, name as Name]));
  const first = Object.keys(names)[0] as Name;
  return {
    read: (reader) => {
      const name = byNumber.get(field.read(reader));
      if (name === undefined) reader.refuse("value");
      return name ?? first;
    },
    write: (writer, name) => field.write(writer, names[name]!),
    text: inWords,
    form: value(`${wordsOf(field)}: ${[...byNumber].map(([number, name]) => `${number} ${inWords(name)}`).join(", ")}`),
  };
}

/** A length of time that travels in steps of `step` ms. */
export function inSteps(field: Field<number>, step: number): Field<Millis> {
  return {
    read: (reader) => millis(field.read(reader) * step),
    write: (writer, value) => {
      invariant(value % step === 0, "a time is a whole number of steps", { value, step });
      field.write(writer, value / step);
    },
    text: inTime,
    form: value(`${wordsOf(field)}, × ${inTime(step)}`),
  };
}

/** Exactly `count` bytes. */
export function bytesOf(count: number): Field<Uint8Array> {
  return {
    read: (reader) => reader.take(count),
    write: (writer, value) => {
      invariant(value.length === count, "a field has its length", { length: value.length, count });
      writer.bytes(value);
    },
    text: toHex,
    form: value(`${count} bytes`),
  };
}

/** All bytes that are left, at most `max`. */
export function restOf(max: number): Field<Uint8Array> {
  return {
    read: (reader) => {
      if (reader.left > max) reader.refuse("length");
      return reader.take(reader.left);
    },
    write: (writer, value) => {
      invariant(value.length <= max, "a field has its length", { length: value.length, max });
      writer.bytes(value);
    },
    text: inBytes,
    form: value(`what is left, at most ${max} bytes`),
  };
}

/** A count and as many bytes. */
export function counted(count: Field<number>): Field<Uint8Array> {
  return {
    read: (reader) => reader.take(count.read(reader)),
    write: (writer, value) => {
      count.write(writer, value.length);
      writer.bytes(value);
    },
    text: inBytes,
    form: value(`${wordsOf(count)} count, then as many bytes`),
  };
}

/** Characters of one byte each, as a display takes them. */
export function characters(bytes: Field<Uint8Array>): Field<string> {
  return {
    read: (reader) => String.fromCharCode(...bytes.read(reader)),
    write: (writer, value) => {
      bytes.write(
        writer,
        Uint8Array.from(value, (character) => character.charCodeAt(0)),
      );
    },
    text: (value) => JSON.stringify(value),
    form: value(`${wordsOf(bytes)}, one character each`),
  };
}

/** Key material: a Secret, which prints as dots. */
export function secret(bytes: Field<Uint8Array>): Field<Secret> {
  return {
    read: (reader) => new Secret(bytes.read(reader)),
    write: (writer, value) => value.use((plain) => bytes.write(writer, plain)),
    text: String,
    form: value(`${wordsOf(bytes)}; never shown`),
  };
}

/** Keypresses: what is a digit of a code prints as a dot, `*` and `#` as themselves. */
export function keypresses(bytes: Field<Uint8Array>): Field<Uint8Array> {
  const word = (key: number) => (key === 0x7f ? "*" : key === 0x0d ? "#" : "•");
  return {
    ...bytes,
    text: (value) => Array.from(value, word).join(""),
    form: value(`${wordsOf(bytes)}: 30..39 the digits, 7F *, 0D #; digits are never shown`),
  };
}

/** What a card says: whoever has it can make the card again. Prints as dots. */
export function cardData<T>(data: Field<T>): Field<T> {
  return { ...data, text: () => "••••", form: value(`${wordsOf(data)}; never shown`) };
}

/** `check`: what must hold between the fields; if not, it is a wrong value. */
export function record<const Fs extends Fields>(fields: Fs, check?: (value: RecordOf<Fs>) => boolean) {
  const entries = Object.entries(fields) as [string, Field<unknown>][];
  const field: Field<RecordOf<Fs>> = {
    read: (reader) => {
      const value: Record<string, unknown> = {};
      for (const [name, part] of entries) value[name] = part.read(reader);
      const whole = value as RecordOf<Fs>;
      if (reader.fault === null && check !== undefined && !check(whole)) reader.refuse("value");
      return whole;
    },
    write: (writer, value) => {
      invariant(check === undefined || check(value), "the fields of a record fit each other");
      for (const [name, part] of entries) part.write(writer, value[name as keyof Fs]);
    },
    text: (value) => entries.map(([name, part]) => `${inWords(name)} ${part.text(value[name as keyof Fs])}`).join(", "),
    form: { kind: "record", parts: entries.map(([name, { form }]) => ({ name: inWords(name), form })) },
  };
  return field;
}

/** Records up to the end of the message, `min` to `max` of them. Too few is a wrong length, too many a wrong value. */
export function listOf<T>(item: Field<T>, { min, max }: { min: number; max: number }): Field<readonly T[]> {
  return {
    read: (reader) => {
      const items: T[] = [];
      while (reader.left > 0 && reader.fault === null) {
        if (items.length === max) reader.refuse("value");
        else items.push(item.read(reader));
      }
      if (items.length < min) reader.refuse("length");
      return items;
    },
    write: (writer, items) => {
      invariant(items.length >= min && items.length <= max, "a list has its length", {
        length: items.length,
        min,
        max,
      });
      for (const each of items) item.write(writer, each);
    },
    text: (items) => (items.length === 0 ? "none" : items.map((each) => item.text(each)).join("; ")),
    form: { kind: "list", item: item.form, min, max },
  };
}

/** `onAfterTimed` as people write it: `on after timed`. */
export function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** `5 s`, `200 ms`. */
export function inTime(length: number): string {
  return length >= 1000 ? `${length / 1000} s` : `${length} ms`;
}

function inBytes(bytes: Uint8Array): string {
  return bytes.length === 0 ? "nothing" : toHex(bytes);
}
