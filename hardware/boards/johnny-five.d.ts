/** What is used of johnny-five 2.1.0 and firmata-io 2.3.0; neither brings types. */
declare module "johnny-five" {
  import type { EventEmitter } from "node:events";
  import type { BoardIo } from "@lintel/hardware/boards/board-io.ts";

  /** Hands every call on to its `io`. */
  class Board extends EventEmitter {
    constructor(options: {
      readonly io: BoardIo;
      /** Takes standard input for itself. */
      readonly repl: false;
      /** Writes to standard output. */
      readonly debug: false;
      /** Ends the process on SIGINT by itself. */
      readonly sigint: false;
    });
    readonly io: BoardIo;
    pinMode(pin: number, mode: number): this;
    digitalWrite(pin: number, level: 0 | 1): this;
    /** Calls at every report of the pin's port, changed or not, for ever. */
    digitalRead(pin: number, listener: (level: number) => void): this;
    /** Calls once. Two that wait for the same pin are both called by the first answer. */
    queryPinState(pin: number, answered: () => void): this;
  }
  const johnnyFive: { readonly Board: typeof Board };
  export default johnnyFive;
  export type { Board };
}

declare module "firmata-io" {
  import type { EventEmitter } from "node:events";
  import type { BoardIo } from "@lintel/hardware/boards/board-io.ts";

  /** An EventEmitter of `open`, `close`, `error` and `data`. */
  interface Transport extends EventEmitter {
    write(bytes: Uint8Array, written?: () => void): void;
  }
  class Firmata extends EventEmitter implements BoardIo {
    constructor(transport: Transport, options: { readonly reportVersionTimeout: number });
    readonly isReady: boolean;
    readonly name: string;
    readonly MODES: BoardIo["MODES"];
    readonly HIGH: 1;
    readonly LOW: 0;
    readonly pins: BoardIo["pins"];
    readonly analogPins: readonly number[];
    readonly firmware: {
      readonly name?: string;
      readonly version?: { readonly major: number; readonly minor: number };
    };
    /** Asks for the version after a silence; runs until a version came. */
    readonly reportVersionTimeoutId: NodeJS.Timeout;
    pinMode(pin: number, mode: number): void;
    digitalWrite(pin: number, level: 0 | 1): void;
    digitalRead(pin: number, listener: (level: number) => void): void;
    queryPinState(pin: number, answered: () => void): void;
  }
  const firmata: { readonly Firmata: typeof Firmata };
  export default firmata;
}
