/**
 * The authority as a process: folder, lock, vault, store, broker and HTTP, opened in this order and closed in the
 * other. Each thing that can stand in the way ends in one sentence with its remedy.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import {
  blameOf,
  type DiskBlame,
  type DiskFault,
  diskFaultOf,
  sayDiskFault,
} from "@lintel/protocol/base/disk-fault.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { instant, type Millis } from "@lintel/protocol/base/units.ts";
import { signingPublicKey } from "@lintel/protocol/mqtt/envelope.ts";
import type { FastifyInstance } from "fastify";
import { Authority } from "../authority.ts";
import type { AuthorityKeys } from "../keys.ts";
import type { AuthorityEvent, ConnectionRefusal } from "../ports.ts";
import type { RunningBroker } from "./broker.ts";
import { startEmbeddedBroker } from "./embedded-broker.ts";
import { EventHub } from "./event-hub.ts";
import { makeFolder, requireFile, tryFolder } from "./folder.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { buildHttp } from "./http.ts";
import { LIMITS } from "./limits.ts";
import { readProcessFile, removeProcessFile, writeProcessFile } from "./process-file.ts";
import { openStore, type SqliteStore } from "./store.ts";
import { makeVault, readVault } from "./vault.ts";

export interface AuthorityOptions {
  /** The data folder; the authority's own is `authority` in it. */
  readonly data: string;
  /** A file outside the data folder. */
  readonly keyvault: string;
  /** Ports on 127.0.0.1; 0 = any that is free. */
  readonly http: number;
  readonly mqttPort: number;
  /** A broker elsewhere instead of the embedded one. */
  readonly mqtt: string | null;
  readonly onEvent: (event: AuthorityEvent) => void;
  /** A sentence for people. */
  readonly onTalk: (sentence: string) => void;
  /** Our own bug, or a disk that failed: whoever runs this ends it. */
  readonly onBroken: (error: unknown) => void;
}

export interface RunningAuthority {
  /** `http://127.0.0.1:8480` */
  readonly http: string;
  readonly mqtt: string;
  close(): Promise<void>;
}

/** `unusable`: what was asked for is wrong; `unavailable`: it is right, and cannot be had now; `forbidden`: not by this user. */
export interface StartError {
  readonly kind: DiskBlame;
  readonly sentence: string;
}

/** What is open so far: closed from the last to the first. */
type Closers = (() => Promise<void> | void)[];

export async function serveAuthority(options: AuthorityOptions): Promise<Result<RunningAuthority, StartError>> {
  const closers: Closers = [];
  const started = await start(options, closers).catch((error: unknown) => diskRefused(options, error));
  if (!started.ok) await closeAll(closers);
  return started;
}

/** A database that opened and cannot be read, or a disk that filled up meanwhile. All else is our own bug. */
function diskRefused({ data }: AuthorityOptions, error: unknown) {
  const fault = diskFaultOf(error);
  if (fault === "failed") throw error;
  const path = join(data, "authority", "authority.db");
  return refused(fault, path, { option: "--data", why: (error as Error).message });
}

async function start(options: AuthorityOptions, closers: Closers): Promise<Result<RunningAuthority, StartError>> {
  const folder = join(options.data, "authority");
  const opened = openFolder(options, folder, closers);
  if (!opened.ok) return opened;
  const broker = await openBroker(options, opened.value.store);
  if (!broker.ok) return broker;
  closers.push(() => broker.value.close());
  const events = new EventHub();
  events.listen(options.onEvent);
  const authority = new Authority({
    store: opened.value.store,
    keys: opened.value.keys,
    broker: broker.value,
    now: () => instant(Date.now()),
    later: laterUntilClosed(options, closers),
    random: (count) => randomBytes(count),
    tell: (event) => events.tell(event),
  });
  broker.value.serve(guarded(authority, options));
  const token = toHex(randomBytes(32));
  const { onBroken: broken } = options;
  const http = buildHttp({ authority, events, token, ready: () => broker.value.reachable, broken });
  closers.push(() => closeHttp(http, events));
  const listening = await listen(http, options.http);
  if (!listening.ok) return listening;
  writeProcessFile(folder, { pid: process.pid, http: listening.value, token, mqtt: broker.value.url });
  closers.push(() => removeProcessFile(folder));
  return ok({ http: listening.value, mqtt: broker.value.url, close: () => closeAll(closers) });
}

/** What is asked for later is given up where the process ends before: its store is closed by then. */
function laterUntilClosed({ onBroken }: AuthorityOptions, closers: Closers) {
  const timers = new Set<NodeJS.Timeout>();
  closers.push(() => {
    for (const timer of timers) clearTimeout(timer);
  });
  return (delay: Millis, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      try {
        act();
      } catch (error) {
        onBroken(error);
      }
    }, delay);
    timers.add(timer);
  };
}

/** A failing disk must not take the broker down with an exception of ours in its stack: it ends the process, by name. */
function guarded(authority: Authority, { onBroken }: AuthorityOptions) {
  const guard = (act: () => void) => {
    try {
      act();
    } catch (error) {
      onBroken(error);
    }
  };
  return {
    connected: () => authority.connected(),
    authenticate: (user: string, password: string) => authority.authenticate(user, password),
    refused: (why: ConnectionRefusal) => guard(() => authority.connectionRefused(why)),
    receive: (topic: string, payload: Uint8Array) => guard(() => authority.receive(topic, payload)),
  };
}

interface OpenedFolder {
  readonly store: SqliteStore;
  readonly keys: AuthorityKeys;
}

function openFolder(options: AuthorityOptions, folder: string, closers: Closers): Result<OpenedFolder, StartError> {
  const { data, keyvault } = options;
  if (!relative(resolve(data), resolve(keyvault)).startsWith("..")) {
    return unusable(
      `the key vault ${keyvault} lies inside the data folder ${data}, and would be in its backups; choose another --keyvault`,
    );
  }
  const lock = lockData(folder);
  if (!lock.ok) return lock;
  closers.push(() => lock.value.release());
  const store = openDatabase(join(folder, "authority.db"), keyvault);
  if (!store.ok) return store;
  closers.push(() => store.value.close());
  const keys = openVault(keyvault, store.value);
  return keys.ok ? ok({ store: store.value, keys: keys.value }) : keys;
}

function openDatabase(path: string, keyvault: string): Result<SqliteStore, StartError> {
  const store = openStore(path, { used: existsSync(keyvault) });
  if (store.ok) return store;
  const { error } = store;
  switch (error.kind) {
    case "other-version":
      return unusable(
        `${path} is of version ${error.found}, which this lintel does not read; use the lintel that wrote it, or another --data`,
      );
    case "empty":
      return unusable(
        `${path} is empty, and an authority ran on it before; put back a good copy, or move it and the key vault ${keyvault} away to begin anew`,
      );
    case "failed":
      return refused(error.fault, path, { option: "--data", why: error.why });
  }
}

/** The folder is there, takes what is written, and is this process's alone. */
function lockData(folder: string): Result<FolderLock, StartError> {
  try {
    makeFolder(folder);
    requireFile(join(folder, "lock"));
    tryFolder(folder);
    const lock = lockFolder(folder);
    if (lock.ok) return lock;
  } catch (error) {
    const fault = diskFaultOf(error);
    // A damaged lock holds nothing: the remedy for a damaged database would be too much for it.
    if (fault === "damaged") return unusable(`${folder}/lock is no lock file of lintel; remove it and start again`);
    return refused(fault, folder, { option: "--data", why: (error as Error).message });
  }
  const other = readProcessFile(folder);
  const by = other === null ? "" : ` (process ${other.pid}, ${other.http})`;
  return unavailable(`another authority already runs on ${folder}${by}; end it, or choose another --data`);
}

/** The vault and the database belong together: neither is made anew beside an old other one. */
function openVault(path: string, store: SqliteStore): Result<AuthorityKeys, StartError> {
  const owner = store.meta("vault");
  const read = readVault(path);
  const missing = !read.ok && read.error.kind === "missing";
  if (missing && owner !== null) {
    return unusable(
      `the key vault ${path} is missing, and this database cannot be read without it; put it back, or name it with --keyvault`,
    );
  }
  const keys = missing ? makeVault(path) : read;
  if (!keys.ok) {
    const { error } = keys;
    if (error.kind === "open-to-others") {
      return unusable(
        `the key vault ${path} can be read by others (mode ${error.mode}); chmod 600 it, and think about who read it`,
      );
    }
    if (error.kind === "unreadable") return refused(error.fault, path, { option: "--keyvault", why: error.why });
    return unusable(`the key vault ${path} is damaged; put back the right one: nothing was changed`);
  }
  const mark = createHash("sha256").update(signingPublicKey(keys.value.root)).digest("hex");
  if (owner === null) store.putMeta("vault", mark);
  else if (owner !== mark)
    return unusable(`the key vault ${path} belongs to another database than the one in this data folder`);
  return keys;
}

async function openBroker(options: AuthorityOptions, store: SqliteStore): Promise<Result<RunningBroker, StartError>> {
  if (options.mqtt !== null) {
    // A client's code is not waited for where the broker is our own.
    const { startRemoteBroker, withoutCredentials } = await import("./remote-broker.ts");
    try {
      withoutCredentials(options.mqtt);
    } catch {
      return unusable("--mqtt is no URL like mqtt://host:1883");
    }
    return ok(startRemoteBroker(options.mqtt, `lintel-authority-${store.epoch}`, options.onTalk));
  }
  const broker = await startOwnBroker(options.mqttPort, store);
  if (!broker.ok) return portRefused(broker.error, options.mqttPort, "--mqtt-port");
  store.putMeta(BROKER_PORT, new URL(broker.value.url).port);
  return broker;
}

const BROKER_PORT = "broker-port";

/** Any free port means the same one as before where it is still free: adopted edges look for the broker there. */
async function startOwnBroker(port: number, store: SqliteStore): ReturnType<typeof startEmbeddedBroker> {
  const before = Number(store.meta(BROKER_PORT) ?? 0);
  if (port === 0 && before !== 0) {
    const again = await startEmbeddedBroker(before);
    if (again.ok) return again;
  }
  return startEmbeddedBroker(port);
}

async function listen(http: FastifyInstance, port: number): Promise<Result<string, StartError>> {
  try {
    return ok(await http.listen({ host: "127.0.0.1", port }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return portRefused(
      code === "EADDRINUSE" ? { kind: "port-taken" } : { kind: "failed", why: code ?? String(error) },
      port,
      "--http",
    );
  }
}

function portRefused(error: { kind: "port-taken" } | { kind: "failed"; why: string }, port: number, option: string) {
  const why = error.kind === "port-taken" ? "is taken" : `cannot be listened on (${error.why})`;
  const kind = error.kind === "failed" && error.why === "EACCES" ? "forbidden" : "unavailable";
  const sentence = `port ${port} of 127.0.0.1 ${why}; choose another with ${option} PORT, or ${option} 0 for any that is free`;
  return fail<StartError>({ kind, sentence });
}

async function closeHttp(http: FastifyInstance, events: EventHub): Promise<void> {
  events.close();
  await http.close();
}

/** In order, and all of it in time, whatever hangs: the store's commits are durable already. */
async function closeAll(closers: Closers): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const end = new Promise<void>((done) => {
    late = setTimeout(done, LIMITS.end);
  });
  for (const close of closers.splice(0).reverse()) await Promise.race([close(), end]);
  clearTimeout(late);
}

function refused(fault: DiskFault, path: string, words: { option: string; why: string }) {
  return fail<StartError>({ kind: blameOf(fault), sentence: sayDiskFault(fault, path, words) });
}

function unusable(sentence: string) {
  return fail<StartError>({ kind: "unusable", sentence });
}

function unavailable(sentence: string) {
  return fail<StartError>({ kind: "unavailable", sentence });
}

/** A disk that failed while the authority ran, in a sentence; null: it was our own bug. */
export function brokenSentence(error: unknown, data: string): string | null {
  const fault = diskFaultOf(error);
  const storeFailed = String((error as { readonly code?: unknown }).code).startsWith("SQLITE_");
  if (fault === "failed" && !storeFailed) return null;
  const path = join(data, "authority", "authority.db");
  return sayDiskFault(fault, path, { option: "--data", why: (error as Error).message });
}
