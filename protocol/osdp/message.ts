/**
 * One table per message: its fields in the order of the wire. Type, encoder, decoder, the line for people and the
 * reference page come from it. A byte left over is a refusal. The tables themselves: commands, replies.
 */
import { invariant } from "../base/invariant.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { type Field, FieldReader, type Fields, FieldWriter, type RecordOf, record } from "./fields.ts";

/** What a table says beyond its fields. */
export interface Traits<Fs extends Fields> {
  /** What it is for: a sentence of the reference page. */
  readonly about: string;
  /** What must hold between the fields, else the message is refused as a wrong value. */
  readonly check?: (value: RecordOf<Fs>) => boolean;
  /** The line for people behind the name, where field after field would not read well. No digit, no key, no card. */
  readonly says?: (value: RecordOf<Fs>) => string;
}

export interface MessageTable<N extends string, Fs extends Fields> {
  readonly name: N;
  /** The byte after the security block. Commands and replies use the same numbers for different things. */
  readonly code: number;
  readonly about: string;
  readonly fields: Fs;
  readonly body: Field<RecordOf<Fs>>;
  /** What stands behind the name in a line for people; empty where there is nothing to say. */
  says(value: RecordOf<Fs>): string;
}

/** The value that a table describes: its name and its fields. */
export type MessageOf<T> = T extends MessageTable<infer N, infer Fs> ? { readonly name: N } & RecordOf<Fs> : never;

export type MessageError =
  | { readonly kind: "unknown-code"; readonly code: number }
  | { readonly kind: "length"; readonly name: string }
  | { readonly kind: "value"; readonly name: string };

export function message<N extends string, const Fs extends Fields>(
  name: N,
  code: number,
  fields: Fs,
  { about, check, says }: Traits<Fs>,
): MessageTable<N, Fs> {
  const body = record(fields, check);
  return { name, code, about, fields, body, says: says ?? body.text };
}

/** A message as it stands in a frame: CODE and what follows. */
export interface Coded {
  readonly code: number;
  readonly data: Uint8Array;
}

export interface Codec<M extends { readonly name: string }> {
  encode(message: M): Coded;
  decode(code: number, data: Uint8Array): Result<M, MessageError>;
  /** The name of a code; null: no table has it. */
  nameOf(code: number): M["name"] | null;
  /** One line for people: never a digit of a code, never a byte of a key or of a card. */
  text(message: M): string;
}

/** Encoder and decoder over a set of tables with distinct names and codes. */
export function codecOf<const Ts extends readonly MessageTable<string, Fields>[]>(
  tables: Ts,
): Codec<MessageOf<Ts[number]>> {
  type Message = MessageOf<Ts[number]>;
  const entries = tables.map((table) => new Entry<Message>(table));
  const byCode: (Entry<Message> | undefined)[] = Array.from({ length: 256 });
  for (const entry of entries) byCode[entry.table.code] = entry;
  const byName = new Map(entries.map((entry) => [entry.table.name, entry]));
  const distinct = byName.size === tables.length && new Set(tables.map(({ code }) => code)).size === tables.length;
  invariant(distinct, "every table has its own name and code");

  function entryOf(message: Message): Entry<Message> {
    const entry = byName.get(message.name);
    invariant(entry !== undefined, "a message has a table", { name: message.name });
    return entry;
  }
  return {
    encode: (message) => entryOf(message).encode(message),
    decode: (code, data) => byCode[code]?.decode(data) ?? fail({ kind: "unknown-code", code }),
    nameOf: (code) => (byCode[code]?.table.name as Message["name"] | undefined) ?? null,
    text: (message) => entryOf(message).text(message),
  };
}

const NOTHING = new Uint8Array(0);

/** One table with what is worked out of it once. A message without fields is the same value every time: POLL and ACK. */
class Entry<Message> {
  readonly table: MessageTable<string, Fields>;
  readonly #bare: { readonly coded: Coded; readonly decoded: Result<Message, MessageError> } | null;

  constructor(table: MessageTable<string, Fields>) {
    this.table = table;
    const bare = Object.keys(table.fields).length === 0;
    const message = Object.freeze({ name: table.name }) as Message;
    this.#bare = bare ? { coded: { code: table.code, data: NOTHING }, decoded: ok(message) } : null;
  }

  encode(message: Message): Coded {
    if (this.#bare !== null) return this.#bare.coded;
    const writer = new FieldWriter();
    this.table.body.write(writer, message as RecordOf<Fields>);
    return { code: this.table.code, data: writer.written() };
  }

  decode(data: Uint8Array): Result<Message, MessageError> {
    const { name } = this.table;
    if (this.#bare !== null) return data.length === 0 ? this.#bare.decoded : fail({ kind: "length", name });
    const reader = new FieldReader(data);
    const fields = this.table.body.read(reader);
    const fault = reader.fault ?? (reader.left > 0 ? "length" : null);
    return fault === null ? ok({ name, ...fields } as Message) : fail({ kind: fault, name });
  }

  text(message: Message): string {
    const words = this.table.says(message as RecordOf<Fields>);
    return words === "" ? this.table.name : `${this.table.name} ${words}`;
  }
}
