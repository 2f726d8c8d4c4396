/** For tests: a CP that does everything right, one frame at a time, over a real link. */
import type { SerialLink } from "@lintel/hardware/serial/link.ts";
import { equalBytes } from "@lintel/protocol/base/bytes.ts";
import type { Secret } from "@lintel/protocol/base/secret.ts";
import { monotonic } from "@lintel/protocol/base/units.ts";
import type { Command } from "@lintel/protocol/osdp/commands.ts";
import { deframe, IDLE_LINE, type LineState } from "@lintel/protocol/osdp/deframe.ts";
import { type Frame, MARK } from "@lintel/protocol/osdp/frame.ts";
import { CpRig, type PdRig } from "@lintel/protocol/osdp/pd.rig.ts";
import { decodeReply, type Reply } from "@lintel/protocol/osdp/replies.ts";
import { beginHandshake, type KeyKind, SCS } from "@lintel/protocol/osdp/secure.ts";

export class LineCp {
  readonly #link: SerialLink;
  readonly #cp: CpRig;
  #line: LineState = IDLE_LINE;
  readonly #came: Frame[] = [];
  #arrived = () => {};

  constructor(link: SerialLink, address: number) {
    this.#link = link;
    this.#cp = new CpRig({} as PdRig, address);
    link.onBytes((bytes) => {
      const { line, items } = deframe(this.#line, bytes, monotonic(performance.now()));
      this.#line = line;
      for (const item of items) if (item.kind === "frame" && item.frame.reply) this.#came.push(item.frame);
      this.#arrived();
    });
  }

  /** Writes these bytes, again where no reply came within a second, and answers the reply of their number. */
  async exchange(bytes: Uint8Array): Promise<Frame> {
    const number = bytes[bytes[0] === MARK ? 5 : 4]! & 3;
    for (;;) {
      this.#link.write(bytes);
      const again = setTimeout(() => this.#arrived(), 1_000);
      await new Promise<void>((arrived) => {
        this.#arrived = arrived;
      });
      clearTimeout(again);
      const reply = this.#came.splice(0).find(({ sequence }) => sequence === number);
      if (reply !== undefined) return reply;
    }
  }

  async ask(command: Command): Promise<Reply> {
    const frame = await this.exchange(this.#cp.bytesOf(command));
    this.#cp.count();
    const reply = this.#cp.read(frame);
    if (typeof reply === "string") throw new Error(reply);
    return reply;
  }

  /** `ACK`, `NAK 6` … */
  async brief(command: Command): Promise<string> {
    const reply = await this.ask(command);
    return reply.name === "NAK" ? `NAK ${reply.error}` : reply.name;
  }

  /** Polls until a reply of this name comes. */
  async until<N extends Reply["name"]>(name: N): Promise<Extract<Reply, { name: N }>> {
    for (;;) {
      const reply = await this.ask({ name: "POLL" });
      if (reply.name === name) return reply as Extract<Reply, { name: N }>;
      // Real time passes on the other side: one turn of the loop for it.
      await new Promise((turn) => setTimeout(turn, 5));
    }
  }

  /** A whole handshake from number 0. False where the PD holds another key or refuses. */
  async open(scbk: Secret, key: KeyKind = "scbk"): Promise<boolean> {
    this.#cp.session = null;
    this.#cp.sequence = 0;
    const rndA = Uint8Array.from([9, 8, 7, 6, 5, 4, 3, 2]);
    const first = await this.exchange(this.#cp.handshakeBytes({ name: "CHLNG", rndA }, SCS.chlng, key));
    this.#cp.count();
    const ccrypt = decodeReply(first.code, first.data);
    if (!ccrypt.ok || ccrypt.value.name !== "CCRYPT") return false;
    const handshake = beginHandshake(scbk, rndA, ccrypt.value.rndB);
    if (!equalBytes(handshake.clientCryptogram, ccrypt.value.cryptogram)) return false;
    const scrypt: Command = { name: "SCRYPT", cryptogram: handshake.serverCryptogram };
    const second = await this.exchange(this.#cp.handshakeBytes(scrypt, SCS.scrypt, key));
    this.#cp.count();
    if (!equalBytes(second.data, handshake.session.rMac)) return false;
    this.#cp.session = handshake.session;
    return true;
  }
}
