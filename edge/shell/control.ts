/**
 * The control socket: a Unix socket of mode 0600 by which commands on this machine reach the running edge. JSON Lines:
 * `{id, method, params}` is answered by `{id, result}` or `{id, error}`; what comes meanwhile is `{id, event}`.
 * Who may connect may pair, adopt and release a lock-out: it is the file's mode that decides.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fromHex } from "@lintel/protocol/base/bytes.ts";
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import type { EdgeBox } from "../box/box.ts";
import type { EdgeEvent } from "../box/events.ts";
import { LIMITS } from "./limits.ts";

/** What went wrong with a question. `message` is for people. */
export interface ControlError {
  readonly kind: string;
  readonly message: string;
}

type Send = (line: object) => void;
type Refuse = (kind: string, message: string) => void;
type Params = Readonly<Record<string, unknown>>;

export class ControlSocket {
  readonly path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watching = new Map<Socket, Send>();
  readonly #box: EdgeBox;
  /** A folder made for the socket alone, where the data folder's path is too long for one. */
  readonly #ownFolder: string | null;

  constructor(folder: string, box: EdgeBox) {
    const path = join(resolve(folder), "control.sock");
    this.#ownFolder = Buffer.byteLength(path) > LIMITS.socketPath ? mkdtempSync(join(tmpdir(), "lintel-")) : null;
    this.path = this.#ownFolder === null ? path : join(this.#ownFolder, "control.sock");
    this.#box = box;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = LIMITS.controlClients;
  }

  /** The folder is locked by this process, so a socket that lies there is left over from one that was killed. */
  listen(): Promise<void> {
    rmSync(this.path, { force: true });
    return new Promise((done, failed) => {
      this.#server.once("error", failed);
      // Nobody else may connect, not even in the moment before chmod.
      const before = process.umask(0o177);
      this.#server.listen(this.path, () => {
        this.#server.off("error", failed);
        chmodSync(this.path, 0o600);
        done();
      });
      process.umask(before);
    });
  }

  tell(event: EdgeEvent): void {
    for (const send of this.#watching.values()) send(event);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    rmSync(this.path, { force: true });
    if (this.#ownFolder !== null) rmSync(dirname(this.path), { force: true, recursive: true });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const send: Send = (line) => {
      if (socket.destroyed) return;
      if (socket.writableLength > LIMITS.controlPending) socket.destroy();
      else socket.write(`${JSON.stringify(line)}\n`);
    };
    let pending = "";
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      pending += text;
      for (let end = pending.indexOf("\n"); end >= 0; end = pending.indexOf("\n")) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 1);
        this.#ask(line, socket, send);
      }
      if (pending.length > LIMITS.controlLine) socket.destroy();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#watching.delete(socket);
    });
  }

  #ask(line: string, socket: Socket, send: Send): void {
    const question = readQuestion(line);
    if (question === null) {
      send({ id: null, error: { kind: "malformed", message: "no question in JSON" } });
      return;
    }
    const { id, method, params } = question;
    const answer = (result: object) => send({ id, result });
    const refuse = (kind: string, message: string) => send({ id, error: { kind, message } satisfies ControlError });
    switch (method) {
      case "status":
        answer(this.#box.status());
        break;
      case "records":
        this.#records(answer, refuse);
        break;
      case "watch":
        this.#watching.set(socket, (event) => send({ id, event }));
        answer({ watching: true });
        break;
      case "adopt":
        this.#adopt(params, answer, refuse);
        break;
      case "pair":
        this.#pair(params, { answer, refuse, progress: (event) => send({ id, event }) });
        break;
      case "release":
        this.#release(params, answer, refuse);
        break;
      default:
        refuse("unknown-method", `this edge knows no '${method}'`);
    }
  }

  #records(answer: Send, refuse: Refuse): void {
    try {
      answer({ records: this.#box.lastRecords() });
    } catch {
      // A disk that cannot be read ends no edge.
      refuse("store-failed", "the edge cannot read its journal");
    }
  }

  #adopt({ token }: Params, answer: Send, refuse: Refuse): void {
    if (typeof token !== "string") {
      refuse("malformed", "no token");
      return;
    }
    this.#box.adopt(new SecretText(token), (outcome) => {
      if (outcome.kind === "adopted") answer({ site: outcome.site, edge: outcome.edge });
      else if (outcome.kind === "malformed") refuse("malformed", "this is no adoption token, or a part of one");
      else refuse(outcome.kind, outcome.why);
    });
  }

  /** `remainingMs`: how long the lock-out would have gone on; 0: none ran, and the counts are at zero all the same. */
  #release({ door }: Params, answer: Send, refuse: Refuse): void {
    if (typeof door !== "string") {
      refuse("malformed", "which door?");
      return;
    }
    const remainingMs = this.#box.status().doors.find(({ id }) => id === door)?.lockedOutMs ?? 0;
    const outcome = this.#box.execute({ kind: "release", door }, AT_THE_BOX);
    if (outcome.kind === "done") answer({ door, remainingMs });
    else if (outcome.why === "unknown-door") refuse("unknown-door", noSuchDoor(door));
    else refuse("store-failed", CANNOT_WRITE);
  }

  #pair(
    { door, windowMs, scbk }: Params,
    { answer, refuse, progress }: { answer: Send; refuse: Refuse; progress: Send },
  ): void {
    const key = typeof scbk === "string" ? fromHex(scbk) : null;
    if (typeof door !== "string" || typeof windowMs !== "number" || !Number.isFinite(windowMs) || key?.ok === false) {
      refuse("malformed", "which door, for how long, and with which key?");
      return;
    }
    let open = true;
    const request = { window: millis(windowMs), scbk: key === null ? null : new Secret(key.value) };
    this.#box.pair(door, request, (outcome) => {
      open = false;
      if ("paired" in outcome) answer({ paired: outcome.paired });
      else refuse(outcome.kind, pairSentence(outcome.kind, door));
    });
    if (open) progress({ event: "pairing", door, state: "opened" });
  }
}

/** Who released, in the record: somebody at the box. An operator's command has the operator's name. */
const AT_THE_BOX = "box";

function pairSentence(kind: string, door: string): string {
  switch (kind) {
    case "unknown-door":
      return noSuchDoor(door);
    case "pairing-already":
      return `an install window is open at ${door} already`;
    case "weak-key":
      return "this key is published, all the same byte, or not 16 bytes long: it would be no secret";
    case "wrong-window":
      return "an install window lasts 1 s to 10 min";
    default:
      return CANNOT_WRITE;
  }
}

const CANNOT_WRITE = "the edge cannot write to its data folder";

function noSuchDoor(door: string): string {
  return `the keyset of this edge has no door '${door}'`;
}

function readQuestion(line: string): { id: unknown; method: string; params: Params } | null {
  try {
    const { id, method, params } = JSON.parse(line);
    if (typeof method !== "string") return null;
    return { id: id ?? null, method, params: typeof params === "object" && params !== null ? params : {} };
  } catch {
    return null;
  }
}
