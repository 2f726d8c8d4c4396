/** What the machine says, as facts. Thin on purpose: nothing is judged here, and nothing is changed. */
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { open, rm, statfs } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import type { EdgeStatus } from "@lintel/edge/box/status.ts";
import { askEdge } from "@lintel/edge/shell/control-client.ts";
import { hasHardwareClock } from "@lintel/edge/shell/machine-clock.ts";
import { readProcessFile } from "@lintel/edge/shell/process-file.ts";
import { groupOf, holdersOf, latencyFile, latencyOf } from "@lintel/hardware/serial/device.ts";
import { diskFaultOf } from "@lintel/protocol/base/disk-fault.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import type { BrokerFacts, ClockFacts, DiskFacts, EdgeFacts, PortFacts, RuntimeFacts } from "./facts.ts";
import { LIMITS } from "./limits.ts";

export function probeRuntime(): RuntimeFacts {
  return { node: process.versions.node, zones: process.versions.tz ?? null };
}

export async function probeEdge(data: string): Promise<EdgeFacts> {
  const answer = await ask(data, "status");
  const status = answer.ok ? (answer.value as unknown as EdgeStatus) : null;
  return { folder: data, known: existsSync(join(data, "edge", "edge.db")), status };
}

export async function probeRecords(data: string): Promise<readonly ShownRecord[]> {
  const answer = await ask(data, "records");
  return answer.ok ? (answer.value.records as readonly ShownRecord[]) : [];
}

/** An edge that stands still is not one that does not run: the check that asks has ended before this does. */
function ask(data: string, method: string) {
  return askEdge(data, { method }, () => {}, AbortSignal.timeout(LIMITS.check + 500));
}

const FILE_SYSTEMS: Readonly<Record<number, DiskFacts["fileSystem"]>> = {
  // Linux, include/uapi/linux/magic.h.
  16914836: "tmpfs",
  2240043254: "ramfs",
  26985: "nfs",
  4283649346: "smb",
  4266872130: "smb",
};

/** In the folder that is written to in earnest, where there is one. */
export async function probeDisk(data: string, status: EdgeStatus | null): Promise<DiskFacts> {
  const storeFails = status?.storeFails ?? false;
  const none = { syncMs: null, freeBytes: null, fileSystem: null, fault: null, storeFails };
  if (!existsSync(data)) return { ...none, folder: data, exists: false };
  const parts = ["edge", "authority"].map((part) => join(data, part));
  const folder = parts.find((part) => existsSync(part)) ?? data;
  const tried = await trySync(folder);
  const system = await statfs(folder).catch(() => null);
  return {
    ...none,
    folder,
    exists: true,
    ...tried,
    freeBytes: system === null ? null : system.bavail * system.bsize,
    fileSystem: (system === null ? null : FILE_SYSTEMS[system.type >>> 0]) ?? null,
  };
}

async function trySync(folder: string): Promise<Pick<DiskFacts, "fault" | "syncMs">> {
  const path = join(folder, `.doctor-${process.pid}`);
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(Buffer.alloc(8192));
      const begun = performance.now();
      await file.sync();
      return { fault: null, syncMs: performance.now() - begun };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { fault: { kind: diskFaultOf(error), why: (error as Error).message }, syncMs: null };
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
  }
}

export async function probeClock(status: EdgeStatus | null): Promise<ClockFacts> {
  return { synchronised: await askSynchronised(), hardwareClock: hasHardwareClock(), edge: status?.clock ?? null };
}

function askSynchronised(): Promise<boolean | null> {
  const asked = ["show", "--property=NTPSynchronized", "--value"];
  return new Promise((answer) => {
    execFile("timedatectl", asked, { timeout: LIMITS.connect }, (error, text) =>
      answer(error === null ? text.trim() === "yes" : null),
    );
  });
}

/** The lines that `--bus` names, and those of the running edge. */
export function probePorts(
  data: string,
  named: ReadonlyMap<string, string>,
  status: EdgeStatus | null,
): readonly PortFacts[] {
  const lines = new Map<string, string | null>((status?.lines ?? []).map(({ id, path }) => [id, path]));
  for (const [bus, path] of named) lines.set(bus, path);
  const edge = status === null ? null : (readProcessFile(join(data, "edge"))?.pid ?? null);
  return [...lines].map(([bus, path]) => {
    const line = status?.lines.find((each) => each.id === bus && each.path === path);
    return {
      bus,
      path,
      state: path === null ? "elsewhere" : stateOf(path),
      group: path === null ? null : groupOf(path),
      holders: path === null ? [] : holdersOf(path).filter(({ pid }) => pid !== edge && line?.open !== true),
      latency: path === null ? null : latencyOf(path),
      latencyFile: path === null ? "" : latencyFile(path),
      edge: line ?? null,
    };
  });
}

/** `/dev/null` and its kin, on Linux. */
const MEMORY_DEVICES = 1;

/** Without opening it: that would disturb whoever talks on the line. */
function stateOf(path: string): PortFacts["state"] {
  if (path.startsWith("tcp://")) return "elsewhere";
  try {
    const device = statSync(path);
    if (!device.isCharacterDevice() || device.rdev >> 8 === MEMORY_DEVICES) return "wrong";
    accessSync(path, constants.R_OK | constants.W_OK);
    return "there";
  } catch (error) {
    return diskFaultOf(error) === "forbidden" ? "forbidden" : "missing";
  }
}

/** By the running edge's own address of it. */
export async function probeBroker(status: EdgeStatus | null): Promise<BrokerFacts> {
  const url = status?.broker ?? null;
  if (url === null) return { url, unreachable: null, connected: null };
  return { url: withoutUser(url), unreachable: await tryBroker(url), connected: status?.connected ?? null };
}

function withoutUser(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//");
}

/** Null: something accepts connections there. */
function tryBroker(url: string): Promise<string | null> {
  if (!URL.canParse(url)) return Promise.resolve("its address is none");
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((answer) => {
    const socket = connect({ host, port: Number(port) || (protocol === "mqtts:" ? 8883 : 1883) });
    const end = (why: string | null) => {
      socket.destroy();
      answer(why);
    };
    socket.setTimeout(LIMITS.connect, () => end("no answer"));
    socket.once("connect", () => end(null));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
