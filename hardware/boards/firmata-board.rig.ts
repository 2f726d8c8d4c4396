/**
 * For tests: an Uno with StandardFirmata 2.5 behind a TCP port, as bytes: what firmata-io and johnny-five really meet.
 * Its pins are those of the recording board.
 */
import { createServer, type Server, type Socket } from "node:net";
import { RecordingIo } from "./recording-board.rig.ts";

const START = 0xf0;
const END = 0xf7;

export class FirmataBoard {
  readonly io = new RecordingIo();
  /** Stands still as a program does that hangs: it hears nothing and says nothing. */
  hanging = false;
  port = 0;
  readonly #server: Server;
  #socket: Socket | null = null;
  #bytes: number[] = [];
  /** Of each port, which pins are reported. */
  readonly #reporting = new Set<number>();

  constructor() {
    this.#server = createServer((socket) => this.#join(socket));
    for (const pin of this.io.pins.keys()) this.io.on(`digital-read-${pin}`, () => this.#report(pin >> 3));
  }

  listen(port = 0): Promise<void> {
    return new Promise((done) =>
      this.#server.listen(port, "127.0.0.1", () => {
        this.port = (this.#server.address() as { port: number }).port;
        done();
      }),
    );
  }

  /** The cable is pulled; the port is there to be found again. */
  unplug(): void {
    this.#socket?.destroy();
  }

  close(): void {
    this.unplug();
    this.#server.close();
  }

  #join(socket: Socket): void {
    this.#socket = socket;
    this.#bytes = [];
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      if (this.hanging) return;
      this.#bytes.push(...bytes);
      while (this.#take()) {
        // One message after the other.
      }
    });
    // What a sketch says that has just started: protocol 2.5, and the name of its firmware.
    this.#say(0xf9, 2, 5);
    this.#sysex(0x79, 2, 5, ...[..."StandardFirmata.ino"].flatMap((letter) => [letter.charCodeAt(0), 0]));
  }

  #say(...bytes: number[]): void {
    if (!this.hanging) this.#socket?.write(Uint8Array.from(bytes));
  }

  #sysex(...bytes: number[]): void {
    this.#say(START, ...bytes, END);
  }

  /** False: no whole message is there. */
  #take(): boolean {
    const [first = -1, one = -1, two = -1] = this.#bytes;
    const length =
      first === START ? this.#bytes.indexOf(END) + 1 : first === 0xf9 ? 1 : (first & 0xf0) === 0xd0 ? 2 : 3;
    if (first === -1 || length === 0 || this.#bytes.length < length) return false;
    const message = this.#bytes.splice(0, length);
    if (first === START) this.#answer(message.slice(1, -1));
    else if (first === 0xf9) this.#say(0xf9, 2, 5);
    else if (first === 0xf4) this.io.pinMode(one, two);
    else if ((first & 0xf0) === 0xd0) this.#reportPort(first & 0x0f, one === 1);
    else if ((first & 0xf0) === 0x90) this.#writePort(first & 0x0f, one | (two << 7));
    return true;
  }

  #answer([command, pin = 0]: readonly number[]): void {
    const { pins } = this.io;
    if (command === 0x79) this.#sysex(0x79, 2, 5, 0x55, 0);
    if (command === 0x6b)
      this.#sysex(
        0x6c,
        ...pins.flatMap(({ supportedModes }) => [...supportedModes.flatMap((mode) => [mode, 1]), 0x7f]),
      );
    if (command === 0x69) this.#sysex(0x6a, ...pins.map((_, at) => (at < 14 ? 0x7f : at - 14)));
    if (command === 0x6d) this.#sysex(0x6e, pin, pins[pin]!.mode, pins[pin]!.value);
  }

  #reportPort(port: number, on: boolean): void {
    if (on) this.#reporting.add(port);
    else this.#reporting.delete(port);
    for (const pin of this.#pinsOf(port))
      if (this.io.pins[pin]!.supportedModes.length > 0) this.io.pins[pin]!.report = on;
    if (on) this.#report(port);
  }

  #writePort(port: number, value: number): void {
    for (const pin of this.#pinsOf(port))
      if (this.io.pins[pin]!.mode === this.io.MODES.OUTPUT && this.io.pins[pin]!.supportedModes.length > 0) {
        const level = ((value >> (pin & 7)) & 1) as 0 | 1;
        if (level !== this.io.pins[pin]!.value) this.io.digitalWrite(pin, level);
      }
  }

  /** Pins that are no inputs are reported as low. */
  #report(port: number): void {
    if (!this.#reporting.has(port)) return;
    const bits = this.#pinsOf(port).reduce((mask, pin) => {
      const { mode } = this.io.pins[pin]!;
      const reads = mode === this.io.MODES.INPUT || mode === this.io.MODES.PULLUP;
      return reads ? mask | (this.io.level(pin) << (pin & 7)) : mask;
    }, 0);
    this.#say(0x90 | port, bits & 0x7f, bits >> 7);
  }

  #pinsOf(port: number): number[] {
    return [0, 1, 2, 3, 4, 5, 6, 7].map((bit) => port * 8 + bit).filter((pin) => pin < this.io.pins.length);
  }
}
