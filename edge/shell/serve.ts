/**
 * The edge as a process: real store, clock, lines, broker and control socket around one box. It serves the doors of the
 * stored keyset before it has heard of anybody.
 */
import { randomBytes } from "node:crypto";
import { blameOf, diskFaultOf, sayDiskFault } from "@lintel/protocol/base/disk-fault.ts";
import { InvariantViolation } from "@lintel/protocol/base/invariant.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { between, type Monotonic } from "@lintel/protocol/base/units.ts";
import { EdgeBox, type EdgeSettings } from "../box/box.ts";
import type { EdgeEvent } from "../box/events.ts";
import type { Ports } from "../box/ports.ts";
import { RecordedBox } from "../box/recording-box.ts";
import { Tape } from "../box/recording-tape.ts";
import { ControlSocket } from "./control.ts";
import { LIMITS } from "./limits.ts";
import { MachineClock } from "./machine-clock.ts";
import { MqttBroker } from "./mqtt-broker.ts";
import { type OpenedFolder, openFolder, type ServeError } from "./opened-folder.ts";
import { removeProcessFile, writeProcessFile } from "./process-file.ts";
import { openRecording, type RecordingFile } from "./recording-file.ts";
import { MachinePorts } from "./serial-ports.ts";

export interface ServeOptions {
  /** The data folder; the edge's own is `edge` in it. */
  readonly data: string;
  /** Path of the KeyVault file, outside of the data folder. */
  readonly keyvault: string;
  readonly buses: ReadonlyMap<string, string>;
  readonly software: string;
  /** File that records the life of this process; null: none does. */
  readonly record?: string | null;
  readonly onEvent: (event: EdgeEvent) => void;
}

export interface RunningEdge {
  /** Path of the control socket. */
  readonly control: string;
  /** Its id, once it is adopted. */
  readonly edge: string | null;
  /** Ends it within a second. Asked again, the same end. */
  close(): Promise<void>;
}

/** Longest that a timer of Node can be set; what lies further off is looked at again then. */
const TIMER_MAX = 2 ** 31 - 1;

export async function serveEdge(options: ServeOptions): Promise<Result<RunningEdge, ServeError>> {
  const opened = openFolder(options);
  if (!opened.ok) return opened;
  const { folder, lock, store } = opened.value;
  const recording = recordingOf(options);
  if (recording !== null && !recording.ok) {
    store.close();
    lock.release();
    return recording;
  }
  let edge: EdgeProcess | null = null;
  try {
    edge = new EdgeProcess(options, opened.value, recording?.value ?? null);
    await edge.start();
  } catch (error) {
    if (edge !== null) await edge.close();
    else {
      store.close();
      lock.release();
    }
    if (error instanceof InvariantViolation) throw error;
    const fault = diskFaultOf(error);
    const sentence = sayDiskFault(fault, folder, { option: "--data", why: (error as Error).message });
    return fail({ kind: blameOf(fault), sentence });
  }
  return ok(edge);
}

function recordingOf({ record, onEvent }: ServeOptions): ReturnType<typeof openRecording> | null {
  if (record == null) return null;
  return openRecording({ path: record, broken: (text) => onEvent({ event: "note", text }) });
}

class EdgeProcess implements RunningEdge {
  readonly #opened: OpenedFolder;
  readonly #recording: RecordingFile | null;
  readonly #clock = new MachineClock();
  readonly #serial: MachinePorts;
  readonly #broker: MqttBroker;
  readonly #box: EdgeBox;
  readonly #socket: ControlSocket;
  #timer: NodeJS.Timeout | null = null;
  #ending: Promise<void> | null = null;

  constructor({ buses, software, onEvent }: ServeOptions, opened: OpenedFolder, recording: RecordingFile | null) {
    this.#opened = opened;
    this.#recording = recording;
    // What the machine still says after the end reaches nobody.
    const live = (act: () => void) => {
      if (this.#ending === null) act();
    };
    this.#serial = new MachinePorts({
      opened: (bus) => live(() => this.#box.portOpened(bus)),
      closed: (bus, why) => live(() => this.#box.portClosed(bus, why)),
      bytes: (bus, bytes) => live(() => this.#box.bytes(bus, bytes)),
    });
    this.#broker = new MqttBroker({
      connected: () => live(() => this.#box.brokerConnected()),
      closed: (refused, why) => live(() => this.#box.brokerClosed(refused, why)),
      message: (topic, payload, retained) => live(() => this.#box.brokerMessage({ topic, payload, retained })),
    });
    const ports: Ports = {
      clock: this.#clock,
      random: (count) => Uint8Array.from(randomBytes(count)),
      store: opened.store,
      keys: opened.keys,
      serial: this.#serial,
      broker: this.#broker,
      wakeAt: (at) => this.#wakeAt(at),
      tell: (event) => {
        onEvent(event);
        this.#socket.tell(event);
      },
    };
    const settings = { buses, software };
    this.#box = recording === null ? new EdgeBox(ports, settings) : recordedBox(ports, settings, recording);
    this.#socket = new ControlSocket(opened.folder, this.#box);
  }

  get control(): string {
    return this.#socket.path;
  }

  get edge(): string | null {
    return this.#box.status().edge;
  }

  async start(): Promise<void> {
    await this.#socket.listen();
    this.#box.start();
    writeProcessFile(this.#opened.folder, { pid: process.pid, control: this.control });
  }

  close(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    const { folder, lock, store } = this.#opened;
    this.#box.stop();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#socket.close();
    this.#clock.close();
    await inTime(Promise.all([this.#broker.end(), this.#serial.closeAll(), this.#recording?.close()]));
    store.close();
    removeProcessFile(folder);
    lock.release();
  }

  #wakeAt(at: Monotonic): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#ending !== null) return;
    const wait = Math.ceil(Math.min(Math.max(between(this.#clock.monotonic(), at), 0), TIMER_MAX));
    this.#timer = setTimeout(() => this.#box.wake(), wait);
  }
}

function recordedBox(ports: Ports, settings: EdgeSettings, recording: RecordingFile): EdgeBox {
  const tzdata = process.versions.tz ?? null;
  return new RecordedBox(ports, settings, new Tape({ tzdata, write: (line) => recording.write(line) }));
}

function inTime(work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, new Promise((late) => setTimeout(late, LIMITS.end).unref())]);
}
