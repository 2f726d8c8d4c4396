/**
 * What may not be read by accident: keys and codes. Every way of printing them answers dots, so a secret that
 * strays into a log line, an error or a JSON answer prints as `••••` and not as itself.
 */
const DOTS = "••••";
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** Secret bytes: cipher keys, seeds, tokens. */
export class Secret {
  readonly #bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    // Ours alone: the caller may wipe its own. Not slice: a Buffer's shares its memory.
    this.#bytes = new Uint8Array(bytes);
  }
  /** Reads the bytes for the time of `read`; what `read` keeps of them is its own responsibility. */
  use<T>(read: (bytes: Uint8Array) => T): T {
    return read(this.#bytes);
  }
  get length(): number {
    return this.#bytes.length;
  }
  toJSON(): string {
    return DOTS;
  }
  toString(): string {
    return DOTS;
  }
  [INSPECT](): string {
    return DOTS;
  }
}

/** Secret text: the digits of a code, a token as a person types it. */
export class SecretText {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  use<T>(read: (text: string) => T): T {
    return read(this.#text);
  }
  get length(): number {
    return this.#text.length;
  }
  toJSON(): string {
    return DOTS;
  }
  toString(): string {
    return DOTS;
  }
  [INSPECT](): string {
    return DOTS;
  }
}
