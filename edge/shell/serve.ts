/**
 * The edge as a process: real store, clock, lines, broker and control socket around one box. It serves the doors of the
 * stored keyset before it has heard of anybody.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { between, type Monotonic } from "@lintel/protocol/base/units.ts";
import { EdgeBox } from "../box/box.ts";
import type { EdgeEvent } from "../box/events.ts";
import type { EdgeKeys } from "../box/ports.ts";
import { ControlSocket } from "./control.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { type KeyFileError, makeKeyFile, readKeyFile } from "./key-file.ts";
import { LIMITS } from "./limits.ts";
import { MachineClock } from "./machine-clock.ts";
import { MqttBroker } from "./mqtt-broker.ts";
import { removeProcessFile, writeProcessFile } from "./process-file.ts";
import { MachinePorts } from "./serial-ports.ts";
import { openStore, type SqliteStore } from "./store.ts";

export interface ServeOptions {
  /** The data folder; the edge's own is `edge` in it. */
  readonly data: string;
  /** Path of the KeyVault file, outside of the data folder. */
  readonly keyvault: string;
  readonly buses: ReadonlyMap<string, string>;
  readonly software: string;
  readonly onEvent: (event: EdgeEvent) => void;
}

/** Each sentence says what is wrong and what to do. */
export interface ServeError {
  readonly kind: "in-use" | "unusable";
  readonly sentence: string;
}

export interface RunningEdge {
  /** Path of the control socket. */
  readonly control: string;
  /** Its id, once it is adopted. */
  readonly edge: string | null;
  close(): Promise<void>;
}

/** Longest that a timer of Node can be set; what lies further off is looked at again then. */
const TIMER_MAX = 2 ** 31 - 1;

export async function serveEdge(options: ServeOptions): Promise<Result<RunningEdge, ServeError>> {
  const opened = openFolder(options);
  if (!opened.ok) return opened;
  const { folder, lock, store, keys } = opened.value;
  const clock = new MachineClock();
  let control: ControlSocket | null = null;
  let timer: NodeJS.Timeout | null = null;
  const wakeAt = (at: Monotonic) => {
    if (timer !== null) clearTimeout(timer);
    const wait = Math.ceil(Math.min(Math.max(between(clock.monotonic(), at), 0), TIMER_MAX));
    timer = setTimeout(() => box.wake(), wait);
  };
  const serial = new MachinePorts({
    opened: (bus) => box.portOpened(bus),
    closed: (bus, why) => box.portClosed(bus, why),
    bytes: (bus, bytes) => box.bytes(bus, bytes),
  });
  const broker = new MqttBroker({
    connected: () => box.brokerConnected(),
    closed: (refused, why) => box.brokerClosed(refused, why),
    message: (topic, payload, retained) => box.brokerMessage({ topic, payload, retained }),
  });
  const tell = (event: EdgeEvent) => {
    options.onEvent(event);
    control?.tell(event);
  };
  const random = (count: number) => Uint8Array.from(randomBytes(count));
  const { buses, software } = options;
  const box = new EdgeBox({ clock, random, store, keys, serial, broker, wakeAt, tell }, { buses, software });
  control = new ControlSocket(folder, box);
  await control.listen();
  box.start();
  writeProcessFile(folder, { pid: process.pid, control: control.path });
  const socket = control;
  const close = async (): Promise<void> => {
    box.stop();
    if (timer !== null) clearTimeout(timer);
    socket.close();
    clock.close();
    await inTime(Promise.all([broker.end(), serial.closeAll()]));
    if (timer !== null) clearTimeout(timer);
    store.close();
    removeProcessFile(folder);
    lock.release();
  };
  return ok({ control: socket.path, edge: box.status().edge, close });
}

interface Opened {
  readonly folder: string;
  readonly lock: FolderLock;
  readonly store: SqliteStore;
  readonly keys: EdgeKeys;
}

function openFolder({ data, keyvault }: ServeOptions): Result<Opened, ServeError> {
  const folder = join(data, "edge");
  const unusable = (sentence: string) => fail({ kind: "unusable", sentence } as const);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const lock = lockFolder(folder);
    if (!lock.ok) {
      const sentence = `another edge runs on ${folder}; end that one, or name another folder with --data`;
      return fail({ kind: "in-use", sentence });
    }
    const store = openStore(join(folder, "edge.db"));
    if (!store.ok) {
      lock.value.release();
      const { error } = store;
      return unusable(
        error.kind === "other-version"
          ? `${folder}/edge.db is of version ${error.found}, which this program does not read`
          : `cannot open ${folder}/edge.db: ${error.why}`,
      );
    }
    const keys = openKeys(keyvault, store.value);
    if (!keys.ok) {
      store.value.close();
      lock.value.release();
      return unusable(keySentence(keyvault, keys.error));
    }
    return ok({ folder, lock: lock.value, store: store.value, keys: keys.value });
  } catch (error) {
    return unusable(`cannot use ${folder}: ${(error as Error).message}`);
  }
}

/** Keys are made at the first start alone: with others, what is in the store opens no more. */
function openKeys(path: string, store: SqliteStore): Result<EdgeKeys, KeyFileError> {
  const keys = readKeyFile(path);
  if (keys.ok || keys.error.kind !== "missing") return keys;
  const { adoption, scbks } = store.load();
  return adoption === null && scbks.length === 0 ? makeKeyFile(path) : keys;
}

function keySentence(path: string, error: KeyFileError): string {
  switch (error.kind) {
    case "missing":
      return `the KeyVault file ${path} is missing, and this data folder belongs to it: put it back, or start with an empty folder and adopt anew`;
    case "open-to-others":
      return `the KeyVault file ${path} can be used by others (mode ${error.mode}): chmod 600 it`;
    case "unreadable":
      return `cannot use the KeyVault file ${path}: ${error.why}`;
    case "damaged":
      return `the KeyVault file ${path} is damaged: put back the right one`;
  }
}

function inTime(work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, new Promise((late) => setTimeout(late, LIMITS.end).unref())]);
}
