/**
 * What stands in a frame, for people: one line in words, whatever its bytes are. Digits of a code, keys and cards are
 * never in it. Not here: frames, seals and times (the trace).
 */
import { toHex } from "../base/bytes.ts";
import { type Command, commandNameOf, commandText, decodeCommand, OTHER_COMMANDS } from "./commands.ts";
import type { MessageError } from "./message.ts";
import { decodeReply, OTHER_REPLIES, type Reply, replyNameOf, replyText } from "./replies.ts";

/** CODE and what follows, in clear: as it stood, or after its seal was opened. */
export interface Open {
  readonly reply: boolean;
  readonly code: number;
  readonly data: Uint8Array;
}

export interface Explained {
  /** The name of the standard; `62`, in hex, where it has none. */
  readonly name: string;
  /** One line that begins with the name. */
  readonly text: string;
  /** Null: it could not be read, or is none that Lintel knows. */
  readonly message: Command | Reply | null;
  /** Why not. */
  readonly error: MessageError["kind"] | null;
}

export function explainMessage({ reply, code, data }: Open): Explained {
  const decoded = reply ? decodeReply(code, data) : decodeCommand(code, data);
  if (decoded.ok) {
    const message = decoded.value;
    const text = reply ? replyText(message as Reply) : commandText(message as Command);
    return { name: message.name, text, message, error: null };
  }
  const name = nameOfCode(reply, code);
  return {
    name,
    text: `${name} ${faultWords(decoded.error.kind, data.length)}`,
    message: null,
    error: decoded.error.kind,
  };
}

/** The name of a code, also of one that only others send. */
export function nameOfCode(reply: boolean, code: number): string {
  const known = reply ? replyNameOf(code) : commandNameOf(code);
  return known ?? (reply ? OTHER_REPLIES : OTHER_COMMANDS)[code] ?? toHex(Uint8Array.of(code)).toUpperCase();
}

/** The bytes themselves are not told: in a KEYPAD that lies about its count they are digits all the same. */
function faultWords(kind: MessageError["kind"], length: number): string {
  const bytes = `${length} ${length === 1 ? "byte" : "bytes"} of data`;
  switch (kind) {
    case "unknown-code":
      return `is none that Lintel knows, ${bytes}`;
    case "length":
      return `with ${bytes}: too short or too long`;
    case "value":
      return `with ${bytes}: a value that the standard does not have`;
  }
}
