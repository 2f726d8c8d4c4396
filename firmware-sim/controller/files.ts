/**
 * A file that the CP sends in fragments (facts osdp 7). The Controller counts and hands on: it never holds more of it
 * than the fragment in hand. Not here: what is done with the bytes, and whether they are signed; a Secure Channel proves
 * who sent them and not who made them.
 */

import { millis } from "@lintel/protocol/base/units.ts";
import type { CommandNamed } from "@lintel/protocol/osdp/commands.ts";
import { FILE_ACTION, FILE_STATUS, type ReplyNamed } from "@lintel/protocol/osdp/replies.ts";
import { LIMITS } from "./limits.ts";

/** The only type it takes: opaque, for whoever knows what it is. */
export const OPAQUE_FILE = 1;

export interface FileReception {
  readonly total: number;
  readonly received: number;
}

/** What comes of a file, in order. `abandoned`: what came of it so far is nothing. */
export type FileStep =
  | { readonly kind: "begun"; readonly total: number }
  | { readonly kind: "bytes"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "whole" }
  | { readonly kind: "abandoned" };

export interface FileStepped {
  readonly file: FileReception | null;
  readonly steps: readonly FileStep[];
  readonly reply: ReplyNamed<"FTSTAT">;
}

/**
 * One fragment. Offset 0 begins anew; any other follows on the last, without a gap and without a doubling (a repetition
 * of the same bytes is answered by the link and does not come here). A wrong one ends the file.
 */
export function takeFragment(file: FileReception | null, command: CommandNamed<"FILETRANSFER">): FileStepped {
  const { type, total, offset, fragment } = command;
  const given: readonly FileStep[] = file === null ? [] : [{ kind: "abandoned" }];
  if (type !== OPAQUE_FILE) return { file: null, steps: given, reply: status(FILE_STATUS.notRecognised) };
  const begins = offset === 0;
  const fits = total > 0 && total <= LIMITS.fileBytes && offset + fragment.length <= total;
  const follows = begins || (file !== null && file.total === total && file.received === offset);
  if (!fits || !follows || fragment.length === 0) {
    return { file: null, steps: given, reply: status(FILE_STATUS.malformed) };
  }
  const received = offset + fragment.length;
  const steps: FileStep[] = begins ? [...given, { kind: "begun", total }] : [];
  steps.push({ kind: "bytes", offset, bytes: fragment });
  if (received < total) return { file: { total, received }, steps, reply: status(FILE_STATUS.goOn) };
  return { file: null, steps: [...steps, { kind: "whole" }], reply: status(FILE_STATUS.done) };
}

function status(word: number): ReplyNamed<"FTSTAT"> {
  return { name: "FTSTAT", action: FILE_ACTION.interleave, delay: millis(0), status: word, messageBytesMax: 0 };
}
