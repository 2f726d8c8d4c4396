/**
 * What a UART makes of a level on the line that was not meant for it: sent at another baud, or with the two wires
 * swapped. Pure: bytes in, bytes out. Eight data bits, no parity, one stop bit (OSDP 2.2).
 */

/** One start, eight data, one stop. */
const BITS = 10;

export interface Mismatch {
  readonly sent: number;
  readonly heard: number;
  /** A and B swapped: every level is its opposite, also that of an idle line. */
  readonly inverted: boolean;
}

/**
 * `bytes` were sent back to back. A byte whose stop bit is missing is handed on as it was read: the nastier of the two
 * things that drivers do.
 */
export function mishear(bytes: Uint8Array, { sent, heard, inverted }: Mismatch): Uint8Array {
  const level = levelOf(bytes, inverted);
  const end = bytes.length * BITS;
  /** One bit of the listener, in bits of the sender. */
  const bit = sent / heard;
  const read: number[] = [];
  for (let from = 0; ; ) {
    const start = nextStart(level, from, end);
    if (start === null) return Uint8Array.from(read);
    if (level(start + bit / 2)) {
      // Over before its middle: a spike, no start bit.
      from = start + bit / 2;
      continue;
    }
    let byte = 0;
    for (let number = 0; number < 8; number += 1) {
      if (level(start + (number + 1.5) * bit)) byte |= 1 << number;
    }
    read.push(byte);
    from = start + 9.5 * bit;
  }
}

/** Of the line at a time, counted in bits of the sender from the first start bit. High is idle. */
function levelOf(bytes: Uint8Array, inverted: boolean): (at: number) => boolean {
  return (at) => {
    const bit = Math.floor(at);
    const byte = bytes[Math.floor(bit / BITS)];
    const place = bit % BITS;
    const high =
      byte === undefined || bit < 0 || place === BITS - 1 || (place > 0 && ((byte >> (place - 1)) & 1) === 1);
    return high !== inverted;
  };
}

/** The first fall of the level after `from`, at which the line may be low or high; null: none before it is idle again. */
function nextStart(level: (at: number) => boolean, from: number, end: number): number | null {
  let before = from === 0 ? level(-1) : level(from);
  for (let at = from === 0 ? 0 : Math.floor(from) + 1; at <= end; at += 1) {
    const now = level(at);
    if (before && !now) return at;
    before = now;
  }
  return null;
}
