/**
 * From facts to findings: what is well, what is worth a word, what is wrong, and what to do about it. Pure: the facts
 * are given, so that every judgement has its row in a table of tests.
 */
import { sayHolders } from "@lintel/hardware/serial/device.ts";
import { sayDiskFault } from "@lintel/protocol/base/disk-fault.ts";
import type { BrokerFacts, ClockFacts, DiskFacts, EdgeFacts, PortFacts, RuntimeFacts } from "./facts.ts";
import { LIMITS } from "./limits.ts";

export const CHECKS = ["runtime", "disk", "clock", "ports", "latency", "edge", "broker", "controllers"] as const;
export type Check = (typeof CHECKS)[number];

export interface Finding {
  readonly check: Check;
  /** `skipped`: it could not be looked at, and what would have to be there first is said. */
  readonly status: "ok" | "warning" | "wrong" | "skipped";
  /** One line: what was seen. */
  readonly cause: string;
  /** One line: what to do; null where there is nothing to do. */
  readonly remedy: string | null;
}

type Judged = readonly Finding[];

export function judgeRuntime({ node, zones }: RuntimeFacts): Judged {
  const check = "runtime";
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const [least, leastMinor] = LIMITS.node;
  const findings: Finding[] = [];
  if (major < least || (major === least && minor < leastMinor)) {
    const remedy = `install Node ${least}.${leastMinor} or later`;
    findings.push({ check, status: "wrong", cause: `Node ${node} is too old`, remedy });
  }
  if (zones === null || zones < LIMITS.zones) {
    const cause = `the rules of time zones are ${zones === null ? "missing" : `of ${zones}`}, so hours may be wrong where a country changed them`;
    findings.push({ check, status: "warning", cause, remedy: "install a newer Node, which brings newer rules" });
  }
  return orWell(findings, check, `Node ${node}, time zones of ${zones}`);
}

export function judgeDisk(facts: DiskFacts): Judged {
  const { folder, exists, fault, fileSystem, storeFails } = facts;
  const check = "disk";
  if (!exists) {
    const remedy = "name the right folder with --data, or start an edge or an authority on it";
    return [{ check, status: "warning", cause: `there is no data folder ${folder} yet`, remedy }];
  }
  const findings: Finding[] = [];
  if (fault !== null) {
    const [cause, ...remedy] = sayDiskFault(fault.kind, folder, { option: "--data", why: fault.why }).split("; ");
    findings.push({ check, status: "wrong", cause: cause!, remedy: remedy.join("; ") || null });
  }
  if (storeFails) {
    const cause = "the running edge cannot write: every code is refused, and records wait";
    findings.push({ check, status: "wrong", cause, remedy: "make room, or mend the disk: it goes on by itself" });
  }
  if (fileSystem === "tmpfs" || fileSystem === "ramfs") {
    const cause = `${folder} lies in memory (${fileSystem}): a power cut takes the journal and the uses with it`;
    findings.push({ check, status: "warning", cause, remedy: "choose a --data on a disk" });
  } else if (fileSystem !== null) {
    const cause = `${folder} lies on a network file system (${fileSystem}): its locks and its syncs cannot be relied on`;
    findings.push({ check, status: "warning", cause, remedy: "choose a --data on a disk of this machine" });
  }
  findings.push(...judgeRoom(facts), ...judgeSync(facts));
  return orWell(findings, check, `${folder} takes synced writes (${facts.syncMs?.toFixed(1)} ms)`);
}

function judgeRoom({ freeBytes }: DiskFacts): Judged {
  if (freeBytes === null || freeBytes >= LIMITS.freeScarce) return [];
  const status = freeBytes < LIMITS.freeGone ? "wrong" : "warning";
  const cause = `${Math.floor(freeBytes / 1024 / 1024)} MB are left on the disk; where none are, no code opens`;
  return [{ check: "disk", status, cause, remedy: "make room on it" }];
}

function judgeSync({ syncMs, folder }: DiskFacts): Judged {
  if (syncMs === null || syncMs < LIMITS.syncSlow) return [];
  const status = syncMs > LIMITS.syncFailed ? "wrong" : "warning";
  const cause = `a synced write in ${folder} takes ${Math.round(syncMs)} ms; a code that waits 2 s for it is refused`;
  return [{ check: "disk", status, cause, remedy: "use a faster disk, or find what else writes to it" }];
}

export function judgeClock({ synchronised, hardwareClock, edge }: ClockFacts): Judged {
  const check = "clock";
  const findings: Finding[] = [];
  if (edge?.fault != null) {
    const [cause, ...remedy] = edge.fault.split("; ");
    findings.push({ check, status: "wrong", cause: cause!, remedy: remedy.join("; ") || null });
  } else if (edge?.trust === "floor-only") {
    const cause = "nothing vouches for the clock: keys with times are refused";
    const remedy = "connect the edge to its authority, or synchronise the clock (systemd-timesyncd or chrony)";
    findings.push({ check, status: "wrong", cause, remedy });
  }
  if (synchronised !== true) {
    const cause =
      synchronised === null
        ? "whether the clock is synchronised cannot be asked here (no timedatectl)"
        : "the clock of this machine is not synchronised";
    findings.push({ check, status: "warning", cause, remedy: "run systemd-timesyncd or chrony" });
  }
  if (!hardwareClock) {
    const cause = "no hardware clock: after a power cut, keys with times wait for the authority's time";
    findings.push({ check, status: "warning", cause, remedy: "fit a battery-backed clock (RTC)" });
  }
  return orWell(
    findings,
    check,
    `synchronised, with a hardware clock${edge === null ? "" : `; the edge: ${edge.trust}`}`,
  );
}

export function judgePorts(ports: readonly PortFacts[]): Judged {
  const check = "ports";
  if (ports.length === 0) return [skipped(check, "no line is known", "start the edge, or name one with --bus ID=PATH")];
  return ports.flatMap((port) => orWell(judgePort(port), check, `${port.bus}: ${port.path}`));
}

function judgePort({ bus, path, state, group, holders, edge }: PortFacts): Judged {
  const wrong = (cause: string, remedy: string): Judged => [{ check: "ports", status: "wrong", cause, remedy }];
  if (path === null) return wrong(`${bus}: no port is named for this line`, `start the edge with --bus ${bus}=PATH`);
  const at = `${bus}: ${path}`;
  if (state === "missing") return wrong(`${at} is not there`, "plug the adapter in, or name another port with --bus");
  if (state === "wrong") return wrong(`${at} is not a serial port`, "name one, like /dev/serial/by-id/…");
  if (state === "forbidden") {
    const to = group ?? "dialout";
    return wrong(`${at} may not be used by this user`, `sudo usermod -aG ${to} USER, then log in again`);
  }
  if (holders.length > 0) {
    return wrong(`${at} is held by ${sayHolders(holders)}`, "end that program, or name another port with --bus");
  }
  if (edge !== null && !edge.open) {
    return wrong(
      `${at} is not open in the running edge: ${edge.why ?? "not tried yet"}`,
      "mend that; it is tried again every second",
    );
  }
  return [];
}

export function judgeLatency(ports: readonly PortFacts[]): Judged {
  const check = "latency";
  const usb = ports.filter(({ latency }) => latency !== null);
  if (usb.length === 0) return [skipped(check, "no USB adapter with a latency timer is in use", null)];
  const slow = usb.filter(({ latency }) => latency! > LIMITS.latency);
  const findings = slow.map(({ bus, path, latency, latencyFile }): Finding => {
    const cause = `${bus}: ${path} holds received bytes for ${latency} ms, which every answer of a Controller waits for`;
    return { check, status: "warning", cause, remedy: `echo 1 | sudo tee ${latencyFile}` };
  });
  return orWell(findings, check, `${usb.length === 1 ? "the adapter hands" : "adapters hand"} bytes on at once`);
}

export function judgeEdge({ folder, known, status }: EdgeFacts): Judged {
  const check = "edge";
  if (status === null && !known) return [skipped(check, `no edge ever ran on ${folder}`, null)];
  if (status === null) {
    const remedy = `start it: lintel edge --data ${folder}`;
    return [{ check, status: "wrong", cause: `the edge of ${folder} does not run`, remedy }];
  }
  if (!status.adopted) {
    const remedy = "on the authority: lintel edge token EDGE > token; here: lintel edge adopt @token";
    return [{ check, status: "wrong", cause: "the edge runs, and is not adopted: it knows no doors", remedy }];
  }
  const who = `edge ${status.edge} of site ${status.site}`;
  if (status.keyset === null) {
    const remedy = "on the authority: lintel site apply FILE; then look at the broker below";
    return [{ check, status: "wrong", cause: `${who} has no keyset yet: it knows no doors`, remedy }];
  }
  const waiting = status.journal.head - status.journal.acked;
  const well = `${who}, keyset ${status.keyset.number}, ${waiting} records wait for the authority`;
  return orWell([], check, well);
}

export function judgeBroker({ url, unreachable, connected }: BrokerFacts): Judged {
  const check = "broker";
  if (url === null) return [skipped(check, "no broker is known here", "start the edge, or adopt it")];
  if (unreachable !== null) {
    const cause = `the broker ${url} cannot be reached (${unreachable}); doors go on, and records wait`;
    return [{ check, status: "wrong", cause, remedy: "start the authority, or mend the network between" }];
  }
  if (connected === false) {
    const cause = `the broker ${url} answers, and the edge is not logged in there`;
    const remedy = "adopt the edge again if the authority's data was replaced: lintel edge token EDGE";
    return [{ check, status: "wrong", cause, remedy }];
  }
  if (connected === null) return orWell([], check, `${url} answers; no edge runs to log in`);
  return orWell([], check, `${url}, the edge is logged in`);
}

export function judgeControllers({ status }: EdgeFacts): Judged {
  const check = "controllers";
  if (status === null) return [skipped(check, "only a running edge knows its Controllers", "start the edge")];
  if (status.doors.length === 0) return [skipped(check, "this edge has no doors yet", null)];
  return status.doors.map(({ id, controller, paired, online, tamper }): Finding => {
    const who = `${id}: Controller ${controller}`;
    if (!paired) {
      const remedy = `lintel door pair ${id}, with the Controller in install mode or its key by --scbk @FILE`;
      return { check, status: "wrong", cause: `${who} is not paired`, remedy };
    }
    if (online !== true) {
      const remedy = "look at its power, its wires and its address; a new Controller is paired: lintel door pair";
      return { check, status: "wrong", cause: `${who} is offline`, remedy };
    }
    if (!tamper) return { check, status: "ok", cause: `${who} is online`, remedy: null };
    return { check, status: "warning", cause: `${who} says that it was opened`, remedy: "go and look at it" };
  });
}

/** A check that did not come to its end in time, or that broke: what it looks at is not well either. */
export function unanswered(check: Check, why: string): Finding {
  return {
    check,
    status: "wrong",
    cause: `could not be looked at: ${why}`,
    remedy: "look at what it concerns by hand",
  };
}

export function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status !== "wrong");
}

function skipped(check: Check, cause: string, remedy: string | null): Finding {
  return { check, status: "skipped", cause, remedy };
}

function orWell(findings: Judged, check: Check, cause: string): Judged {
  return findings.length > 0 ? findings : [{ check, status: "ok", cause, remedy: null }];
}
