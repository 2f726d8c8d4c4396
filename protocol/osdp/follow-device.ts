/**
 * What one device and its panel agreed on, as a third sees it: numbers, repetitions, the handshake, the session. With the
 * key every sealed frame is opened, without it the frame is named by its code, which travels in clear.
 * Not here: bytes, turns and times of the line (follow).
 */
import { equalBytes } from "../base/bytes.ts";
import { Secret, SecretText } from "../base/secret.ts";
import { between, type Monotonic } from "../base/units.ts";
import { CHLNG, type CommandName, KEYSET, traitsOf } from "./commands.ts";
import { type Explained, explainMessage, nameOfCode } from "./explain.ts";
import { carriesMac, type Frame } from "./frame.ts";
import { LIMITS } from "./limits.ts";
import { BUSY, KEYPAD, NAK } from "./replies.ts";
import {
  beginHandshake,
  type Handshake,
  type KeyKind,
  openFrame,
  RMAC_STATUS,
  SCBK_D,
  SCS,
  type Session,
} from "./secure.ts";

/** What is told beside a frame. `fault`: the standard has it otherwise, or somebody should look at it. */
export interface Mark {
  readonly fault: boolean;
  readonly text: string;
}

/** clear: nothing hides it. opened: its seal holds, and was opened. closed: sealed, and not opened. */
export type Seal = "clear" | "opened" | "closed";

type Standing =
  /** The capture begins later than the session, if there is one. */
  | { readonly kind: "unknown" }
  | { readonly kind: "none" }
  /** Its handshake was seen, under a key that was not given. */
  | { readonly kind: "closed" }
  /** `lost`: a seal did not fit; the next handshake, or one that fits, ends that. */
  | { readonly kind: "open"; readonly session: Session; readonly key: KeyKind; readonly lost: boolean };

interface Met {
  readonly frame: Frame;
  readonly read: Read;
}

/** A panel and the device at one address. */
export interface Pair {
  readonly command: Met | null;
  readonly reply: Met | null;
  readonly heardAt: Monotonic | null;
  readonly standing: Standing;
  /** `proved` null: under no key that was given. */
  readonly handshake: { readonly key: KeyKind; readonly rndA: Uint8Array; readonly proved: Handshake | null } | null;
}

export const NEW_PAIR: Pair = {
  command: null,
  reply: null,
  heardAt: null,
  standing: { kind: "unknown" },
  handshake: null,
};

interface Read {
  readonly name: string;
  readonly text: string;
  readonly seal: Seal;
  readonly typed: SecretText | null;
  readonly exposed: boolean;
}

export interface Meeting extends Read {
  readonly pair: Pair;
  readonly learned: Secret | null;
  readonly marks: readonly Mark[];
}

export function fault(text: string): Mark {
  return { fault: true, text };
}
export function remark(text: string): Mark {
  return { fault: false, text };
}

export function meetCommand(known: Pair, frame: Frame, at: Monotonic, keys: readonly Secret[]): Meeting {
  const marks: Mark[] = [];
  let pair = afterSilence(known, at, marks);
  const { command } = pair;
  if (command !== null && equalBytes(command.frame.bytes, frame.bytes) && frame.sequence !== 0) {
    return {
      ...command.read,
      pair: { ...pair, heardAt: at },
      learned: null,
      marks: [...marks, remark("the same again")],
    };
  }
  marks.push(...numberMarks(pair, frame));
  const challenges = frame.code === CHLNG.code && frame.scb?.type === SCS.chlng;
  if (frame.sequence === 0 || challenges) pair = { ...pair, standing: { kind: "none" }, handshake: null };
  const opened = read(pair, frame, marks);
  pair = { ...pair, standing: opened.standing };
  if (challenges) pair = { ...pair, handshake: challenge(frame) };
  if (opened.explained?.message?.name === "SCRYPT") marks.push(...scryptMarks(pair, frame));
  if (opened.read.exposed) marks.push(fault(exposedWords(frame.code, opened.read.seal)));
  pair = { ...pair, heardAt: at, command: { frame, read: opened.read }, reply: null };
  return { ...opened.read, pair, marks, learned: learn(opened.explained, keys) };
}

export function meetReply(known: Pair, frame: Frame, at: Monotonic, keys: readonly Secret[]): Meeting {
  const marks: Mark[] = [];
  let pair = afterSilence(known, at, marks);
  const { command, reply } = pair;
  if (reply !== null && equalBytes(reply.frame.bytes, frame.bytes)) {
    return {
      ...reply.read,
      pair: { ...pair, heardAt: at },
      learned: null,
      marks: [...marks, remark("the same again")],
    };
  }
  const opened = read(pair, frame, marks);
  pair = { ...pair, standing: opened.standing };
  const message = opened.explained?.message ?? null;
  if (message !== null && command !== null) marks.push(...answerMarks(command.read.name, message.name));
  if (message?.name === "CCRYPT") pair = cryptogram(pair, frame, keys, marks);
  if (message?.name === "RMAC_I") pair = established(pair, frame, marks);
  if (opened.read.exposed) marks.push(fault(exposedWords(frame.code, opened.read.seal)));
  // BUSY is no answer to keep: the same command comes again and is answered anew.
  const kept = frame.code === BUSY.code && frame.scb === null ? pair.reply : { frame, read: opened.read };
  return { ...opened.read, pair: { ...pair, heardAt: at, reply: kept }, marks, learned: null };
}

function afterSilence(pair: Pair, at: Monotonic, marks: Mark[]): Pair {
  if (pair.heardAt === null) return pair;
  const silence = between(pair.heardAt, at);
  if (silence < LIMITS.osdpOffline) return pair;
  marks.push(
    fault(
      `after ${(silence / 1000).toFixed(1)} s of silence: from ${LIMITS.osdpOffline / 1000} s on a device is offline and its session over`,
    ),
  );
  return { ...pair, standing: pair.standing.kind === "unknown" ? pair.standing : { kind: "none" } };
}

/** 0 begins anew, then 1, 2, 3, 1 (facts osdp 2). */
function numberMarks({ command, reply }: Pair, frame: Frame): Mark[] {
  if (frame.sequence === 0 || command === null) return [];
  const last = command.frame.sequence;
  const next = (last % 3) + 1;
  if (frame.sequence === next) return [];
  if (frame.sequence === last) {
    // Panels differ in whether a NAK counts (facts osdp 2).
    if (reply?.frame.code === NAK.code) return [];
    return [fault(`number ${last} a second time, for another command: expected ${next}`)];
  }
  return [fault(`number ${frame.sequence}, expected ${next}`)];
}

interface Opening {
  readonly read: Read;
  readonly explained: Explained | null;
  readonly standing: Standing;
}

function read(pair: Pair, frame: Frame, marks: Mark[]): Opening {
  const sealed = frame.scb !== null && carriesMac(frame.scb.type);
  return sealed ? readSealed(pair, frame, marks) : readClear(pair, frame, marks);
}

function readClear({ standing }: Pair, frame: Frame, marks: Mark[]): Opening {
  const explained = explainMessage(frame);
  if (explained.error !== null) marks.push(fault(errorWords(explained.error)));
  const inSession = standing.kind === "open" || standing.kind === "closed";
  const mayBeClear = frame.reply ? frame.code === BUSY.code || frame.code === NAK.code : false;
  if (inSession && !mayBeClear) marks.push(fault("in clear inside a session"));
  // A key inside RND.A or a cryptogram is none: only these two carry what must stay secret.
  const exposed = frame.reply ? frame.code === KEYPAD.code : frame.code === KEYSET.code;
  return { read: readOf(frame, explained, "clear", exposed), explained, standing };
}

function readSealed({ standing }: Pair, frame: Frame, marks: Mark[]): Opening {
  const closed: Read = {
    name: nameOfCode(frame.reply, frame.code),
    text: `${nameOfCode(frame.reply, frame.code)} sealed, ${frame.data.length} bytes`,
    seal: "closed",
    typed: null,
    exposed: false,
  };
  if (standing.kind === "none") marks.push(fault("sealed where no session stands"));
  if (standing.kind !== "open") return { read: closed, explained: null, standing };
  const strict = openFrame(standing.session, frame);
  const loose = strict.ok ? strict : openFrame(standing.session, frame, { clearReplyData: true });
  if (!loose.ok) {
    if (!standing.lost)
      marks.push(fault(`${SEAL_FAULTS[loose.error.kind]}: forged, damaged, or frames before it are missing`));
    return { read: closed, explained: null, standing: { ...standing, lost: true } };
  }
  if (!strict.ok) marks.push(fault("its data stands in clear under a seal that hides nothing"));
  const explained = explainMessage({ reply: frame.reply, code: loose.value.code, data: loose.value.data });
  if (explained.error !== null) marks.push(fault(errorWords(explained.error)));
  const secret = frame.reply ? frame.code === KEYPAD.code : frame.code === KEYSET.code;
  const exposed = secret && (standing.key === "scbk-d" || !strict.ok);
  const next: Standing = { ...standing, session: loose.value.session, lost: false };
  return { read: readOf(frame, explained, "opened", exposed), explained, standing: next };
}

const SEAL_FAULTS = {
  mac: "the seal does not fit",
  "block-type": "sealed by the wrong kind of block",
  "clear-data": "its data stands in clear",
  encryption: "it cannot be decrypted",
} as const;

function readOf(_frame: Frame, { name, text, message }: Explained, seal: Seal, exposed: boolean): Read {
  const typed = message?.name === "KEYPAD" ? new SecretText(Array.from(message.keys, characterOf).join("")) : null;
  return { name, text, seal, typed, exposed };
}

function characterOf(key: number): string {
  if (key === 0x7f) return "*";
  if (key === 0x0d) return "#";
  return key >= 0x30 && key <= 0x39 ? String.fromCharCode(key) : "?";
}

function errorWords(error: NonNullable<Explained["error"]>): string {
  switch (error) {
    case "unknown-code":
      return "a code that Lintel does not know";
    case "length":
      return "the length does not fit the message";
    case "value":
      return "a value that the standard does not have";
  }
}

function exposedWords(code: number, seal: Seal): string {
  const what = code === KEYSET.code ? "a device's key" : "what is typed";
  return seal === "clear"
    ? `${what} in clear: everybody on the line reads it`
    : `${what} under the default key: everybody on the line reads it`;
}

function challenge(frame: Frame): Pair["handshake"] {
  if (frame.data.length !== 8) return null;
  return { key: frame.scb?.data[0] === 0 ? "scbk-d" : "scbk", rndA: frame.data, proved: null };
}

/** The client cryptogram tells which of the keys it is. */
function cryptogram(pair: Pair, frame: Frame, keys: readonly Secret[], marks: Mark[]): Pair {
  const { handshake } = pair;
  if (handshake === null || frame.scb?.type !== SCS.ccrypt) return pair;
  const used: KeyKind = frame.scb.data[0] === 0 ? "scbk-d" : "scbk";
  if (used !== handshake.key) marks.push(fault("the device uses another kind of key than it was asked for"));
  const rndB = frame.data.slice(8, 16);
  const cipher = frame.data.slice(16);
  for (const key of used === "scbk-d" ? [SCBK_D] : keys) {
    const proved = beginHandshake(key, handshake.rndA, rndB);
    if (equalBytes(proved.clientCryptogram, cipher)) return { ...pair, handshake: { ...handshake, key: used, proved } };
  }
  if (used === "scbk-d") marks.push(fault("the device does not prove the default key"));
  else if (keys.length > 0) marks.push(remark("under none of the keys given"));
  return { ...pair, handshake: { ...handshake, key: used, proved: null } };
}

function scryptMarks({ handshake }: Pair, frame: Frame): Mark[] {
  const proved = handshake?.proved ?? null;
  if (proved === null || equalBytes(frame.data, proved.serverCryptogram)) return [];
  return [fault("the panel does not prove the key")];
}

function established(pair: Pair, frame: Frame, marks: Mark[]): Pair {
  const { handshake } = pair;
  if (frame.scb?.type !== SCS.rMacI || handshake === null) return pair;
  const none: Pair = { ...pair, handshake: null, standing: { kind: "none" } };
  if (frame.scb.data[0] !== RMAC_STATUS.accepted) {
    marks.push(fault("the device refuses: no session"));
    return none;
  }
  if (handshake.proved === null) return { ...none, standing: { kind: "closed" } };
  const { session } = handshake.proved;
  if (!equalBytes(frame.data, session.rMac)) {
    marks.push(fault("not the R-MAC-I that follows from the key: no session"));
    return none;
  }
  marks.push(remark(handshake.key === "scbk-d" ? "a session under the default key" : "a session stands"));
  return { ...none, standing: { kind: "open", session, key: handshake.key, lost: false } };
}

function answerMarks(command: string, reply: string): Mark[] {
  if (reply === "NAK" || reply === "BUSY") return [];
  const traits = traitsOf(command as CommandName) as ReturnType<typeof traitsOf> | undefined;
  if (traits === undefined || (traits.answers as readonly string[]).includes(reply)) return [];
  return [fault(`${reply} is no answer to ${command}`)];
}

function learn(explained: Explained | null, keys: readonly Secret[]): Secret | null {
  const { message } = explained ?? { message: null };
  if (message?.name !== "KEYSET") return null;
  const given = scbkOf(message);
  if (given === null || given.length !== 16) return null;
  return keys.some((key) => key.use((known) => given.use((other) => equalBytes(known, other)))) ? null : given;
}

function scbkOf({ scbk }: { readonly scbk: Secret | Uint8Array }): Secret | null {
  return scbk instanceof Secret ? scbk : new Secret(scbk);
}
