/**
 * One table per message: its fields in the order of the wire. Type, encoder, decoder and the line for people come
 * from it. A byte left over is a refusal. The tables themselves: commands, replies.
 */
import { invariant } from "../base/invariant.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { type Field, FieldReader, type Fields, FieldWriter, type RecordOf, record } from "./fields.ts";

export interface MessageTable<N extends string, Fs extends Fields> {
  readonly name: N;
  /** The byte after the security block. Commands and replies use the same numbers for different things. */
  readonly code: number;
  readonly fields: Fs;
  readonly body: Field<RecordOf<Fs>>;
}

/** The value that a table describes: its name and its fields. */
export type MessageOf<T> = T extends MessageTable<infer N, infer Fs> ? { readonly name: N } & RecordOf<Fs> : never;

export type MessageError =
  | { readonly kind: "unknown-code"; readonly code: number }
  | { readonly kind: "length"; readonly name: string }
  | { readonly kind: "value"; readonly name: string };

/** `check`: what must hold between the fields, else the message is refused as a wrong value. */
export function message<N extends string, const Fs extends Fields>(
  name: N,
  code: number,
  fields: Fs,
  check?: (value: RecordOf<Fs>) => boolean,
): MessageTable<N, Fs> {
  return { name, code, fields, body: record(fields, check) };
}

/** A message as it stands in a frame: CODE and what follows. */
export interface Coded {
  readonly code: number;
  readonly data: Uint8Array;
}

export interface Codec<M extends { readonly name: string }> {
  encode(message: M): Coded;
  decode(code: number, data: Uint8Array): Result<M, MessageError>;
  /** One line for people: never a digit of a code, never a byte of a key. */
  text(message: M): string;
}

/** Encoder and decoder over a set of tables with distinct names and codes. */
export function codecOf<const Ts extends readonly MessageTable<string, Fields>[]>(
  tables: Ts,
): Codec<MessageOf<Ts[number]>> {
  type Message = MessageOf<Ts[number]>;
  type AnyTable = MessageTable<string, Fields>;
  const byCode = new Map<number, AnyTable>(tables.map((table) => [table.code, table]));
  const byName = new Map<string, AnyTable>(tables.map((table) => [table.name, table]));
  invariant(byCode.size === tables.length && byName.size === tables.length, "every table has its own name and code");

  function tableOf(message: Message): AnyTable {
    const table = byName.get(message.name);
    invariant(table !== undefined, "a message has a table", { name: message.name });
    return table;
  }
  return {
    encode: (message) => {
      const table = tableOf(message);
      const writer = new FieldWriter();
      table.body.write(writer, message);
      return { code: table.code, data: writer.written() };
    },
    decode: (code, data) => {
      const table = byCode.get(code);
      if (table === undefined) return fail({ kind: "unknown-code", code });
      const reader = new FieldReader(data);
      const fields = table.body.read(reader);
      const fault = reader.fault ?? (reader.left > 0 ? "length" : null);
      if (fault !== null) return fail({ kind: fault, name: table.name });
      return ok({ name: table.name, ...fields } as Message);
    },
    text: (message) => {
      const table = tableOf(message);
      const fields = table.body.text(message);
      return fields === "{}" ? message.name : `${message.name} ${fields.slice(1, -1)}`;
    },
  };
}
