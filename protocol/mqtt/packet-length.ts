/**
 * Watches the lengths that MQTT packets claim, before anything is kept of them: the broker's parser takes up to
 * 256 MB, and a stranger who only opened a connection may send. Bytes are counted, not understood.
 */

/** MQTT 3.1.1, 2.2: a fixed header of one byte, then the remaining length in one to four bytes of seven bits. */
export class PacketLengths {
  readonly #limit: number;
  /** Bytes still to come of the present packet. */
  #left = 0;
  #state: "type" | "length" | "rest" = "type";
  #shift = 0;
  #length = 0;

  /** Longest remaining length allowed. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False from the first packet on that is longer than the limit, or whose length is none. */
  take(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === "rest") {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#state = "type";
        continue;
      }
      const byte = bytes[at]!;
      at += 1;
      if (this.#state === "type") {
        this.#state = "length";
        this.#shift = 0;
        this.#length = 0;
      } else if (!this.#takeLength(byte)) return false;
    }
    return true;
  }

  #takeLength(byte: number): boolean {
    this.#length += (byte & 0x7f) * 2 ** this.#shift;
    this.#shift += 7;
    if (this.#length > this.#limit) return false;
    if ((byte & 0x80) !== 0) return this.#shift < 28;
    this.#left = this.#length;
    this.#state = this.#length === 0 ? "type" : "rest";
    return true;
  }
}
