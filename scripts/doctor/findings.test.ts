/** Every judgement of the doctor, by rows: what the machine says, and what a person is told. */
import type { EdgeStatus } from "@lintel/edge/box/status.ts";
import { test } from "tap";
import { inTime } from "./examine.ts";
import type { BrokerFacts, ClockFacts, DiskFacts, EdgeFacts, PortFacts } from "./facts.ts";
import {
  type Finding,
  isWell,
  judgeBroker,
  judgeClock,
  judgeControllers,
  judgeDisk,
  judgeEdge,
  judgeLatency,
  judgePorts,
  judgeRuntime,
} from "./findings.ts";
import { LIMITS } from "./limits.ts";

type Row<F> = readonly [name: string, facts: F, status: Finding["status"], cause: RegExp, remedy: RegExp | null];

/** The first finding is what the row is about; each is one line with its remedy. */
function judged<F>(check: string, judge: (facts: F) => readonly Finding[], rows: readonly Row<F>[]): void {
  for (const [name, facts, status, cause, remedy] of rows) {
    test(`${check}: ${name}: ${status}`, (t) => {
      const findings = judge(facts);
      const [first] = findings;
      t.equal(first?.status, status);
      t.match(first?.cause, cause);
      if (remedy === null) t.equal(first?.remedy, null);
      else t.match(first?.remedy, remedy);
      for (const finding of findings) {
        t.equal(finding.check, check);
        t.notMatch(`${finding.cause}${finding.remedy}`, "\n");
        if (finding.status === "wrong" || finding.status === "warning") t.ok(finding.remedy, "a remedy");
      }
      t.equal(isWell(findings), status !== "wrong");
      t.end();
    });
  }
}

judged("runtime", judgeRuntime, [
  [
    "the oldest that is supported",
    { node: "20.19.0", zones: "2025b" },
    "ok",
    /Node 20\.19\.0, time zones of 2025b/,
    null,
  ],
  ["one too old", { node: "20.18.3", zones: "2025b" }, "wrong", /20\.18\.3 is too old/, /20\.19 or later/],
  ["much too old", { node: "18.20.0", zones: "2025b" }, "wrong", /too old/, /install/],
  ["a newer one", { node: "26.0.0", zones: "2026a" }, "ok", /26/, null],
  ["old zones", { node: "22.1.0", zones: "2024a" }, "warning", /of 2024a/, /newer Node/],
  ["no zones", { node: "22.1.0", zones: null }, "warning", /missing/, /newer Node/],
]);

const DISK: DiskFacts = {
  folder: "/data/edge",
  exists: true,
  fault: null,
  syncMs: 1.25,
  freeBytes: LIMITS.freeScarce,
  fileSystem: null,
  storeFails: false,
};
judged("disk", judgeDisk, [
  ["well", DISK, "ok", /\/data\/edge takes synced writes \(1\.[23] ms\)/, null],
  ["not there", { ...DISK, exists: false }, "warning", /no data folder \/data\/edge yet/, /--data/],
  ["full", { ...DISK, fault: { kind: "full", why: "x" }, syncMs: null }, "wrong", /the disk is full/, /make room/],
  ["read-only", { ...DISK, fault: { kind: "read-only", why: "x" }, syncMs: null }, "wrong", /read-only/, /mount/],
  ["of another", { ...DISK, fault: { kind: "forbidden", why: "x" }, syncMs: null }, "wrong", /denied/, /chown/],
  ["the edge cannot write", { ...DISK, storeFails: true }, "wrong", /every code is refused/, /make room/],
  ["in memory", { ...DISK, fileSystem: "tmpfs" }, "warning", /in memory \(tmpfs\)/, /on a disk/],
  ["a ram disk", { ...DISK, fileSystem: "ramfs" }, "warning", /in memory/, /on a disk/],
  ["over the network", { ...DISK, fileSystem: "nfs" }, "warning", /network/, /this machine/],
  ["little room", { ...DISK, freeBytes: LIMITS.freeScarce - 1 }, "warning", /511 MB are left/, /make room/],
  ["at the last room", { ...DISK, freeBytes: LIMITS.freeGone }, "warning", /32 MB/, /make room/],
  ["hardly any room", { ...DISK, freeBytes: LIMITS.freeGone - 1 }, "wrong", /31 MB/, /make room/],
  ["slow", { ...DISK, syncMs: LIMITS.syncSlow }, "warning", /takes 200 ms/, /faster/],
  ["as slow as may be", { ...DISK, syncMs: LIMITS.syncFailed }, "warning", /2000 ms/, /faster/],
  ["too slow", { ...DISK, syncMs: LIMITS.syncFailed + 1 }, "wrong", /2001 ms/, /faster/],
]);

const CLOCK: ClockFacts = {
  synchronised: true,
  hardwareClock: true,
  edge: { trust: "trusted", now: "2026-11-23T12:00:00.000Z", fault: null },
};
judged("clock", judgeClock, [
  ["well", CLOCK, "ok", /the edge: trusted/, null],
  ["well, no edge", { ...CLOCK, edge: null }, "ok", /synchronised, with a hardware clock$/, null],
  ["in holdover", { ...CLOCK, edge: { ...CLOCK.edge!, trust: "holdover" } }, "ok", /holdover/, null],
  ["floor-only", { ...CLOCK, edge: { ...CLOCK.edge!, trust: "floor-only" } }, "wrong", /nothing vouches/, /connect/],
  [
    "far off, as the edge says it",
    { ...CLOCK, edge: { ...CLOCK.edge!, fault: "the clock is 3 h behind: doors go on; set it" } },
    "wrong",
    /^the clock is 3 h behind: doors go on$/,
    /^set it$/,
  ],
  ["not synchronised", { ...CLOCK, synchronised: false }, "warning", /not synchronised/, /timesyncd/],
  ["nobody to ask", { ...CLOCK, synchronised: null }, "warning", /cannot be asked/, /timesyncd/],
  ["no hardware clock", { ...CLOCK, hardwareClock: false }, "warning", /no hardware clock/, /RTC/],
]);

const PORT: PortFacts = {
  bus: "b1",
  path: "/dev/ttyUSB0",
  state: "there",
  group: "dialout",
  holders: [],
  latency: null,
  latencyFile: "/sys/x/latency_timer",
  edge: { open: true, why: null },
};
const one = (judge: (ports: readonly PortFacts[]) => readonly Finding[]) => (port: PortFacts) => judge([port]);
judged("ports", one(judgePorts), [
  ["open in the edge", PORT, "ok", /^b1: \/dev\/ttyUSB0$/, null],
  ["no edge", { ...PORT, edge: null }, "ok", /b1/, null],
  ["over TCP", { ...PORT, path: "tcp://h:1", state: "elsewhere" }, "ok", /tcp/, null],
  ["no port named", { ...PORT, path: null, state: "elsewhere" }, "wrong", /no port is named/, /--bus b1=PATH/],
  ["missing", { ...PORT, state: "missing" }, "wrong", /is not there/, /plug/],
  ["no serial port", { ...PORT, state: "wrong" }, "wrong", /not a serial port/, /by-id/],
  ["forbidden", { ...PORT, state: "forbidden", group: "uucp" }, "wrong", /may not be used/, /usermod -aG uucp/],
  ["forbidden, group unknown", { ...PORT, state: "forbidden", group: null }, "wrong", /may not/, /dialout/],
  [
    "held by another",
    { ...PORT, edge: null, holders: [{ pid: 7, program: "minicom" }] },
    "wrong",
    /held by minicom \(process 7\)/,
    /end that program/,
  ],
  ["not open", { ...PORT, edge: { open: false, why: "gone" } }, "wrong", /not open in the running edge: gone/, /mend/],
]);
judged("ports", judgePorts, [["none known", [], "skipped", /no line/, /--bus/]]);

judged("latency", one(judgeLatency), [
  ["no adapter", PORT, "skipped", /no USB adapter/, null],
  ["at once", { ...PORT, latency: 1 }, "ok", /at once/, null],
  ["as it comes from the shop", { ...PORT, latency: 16 }, "warning", /16 ms/, /echo 1 \| sudo tee \/sys\/x/],
  ["just above", { ...PORT, latency: 2 }, "warning", /2 ms/, /tee/],
]);

const STATUS: EdgeStatus = {
  adopted: true,
  site: "hq",
  edge: "e1",
  broker: "mqtt://127.0.0.1:1883",
  connected: true,
  root: null,
  keyset: { number: 3, digest: "ab" },
  lines: [],
  doors: [
    {
      id: "front",
      controller: "b1/0",
      paired: true,
      online: true,
      leaf: "closed",
      tamper: false,
      fire: false,
      lockedOutMs: 0,
      mode: "normal",
      hold: { open: false, cause: { kind: "outside" } },
      override: null,
    },
  ],
  journal: { epoch: "e", head: 9, acked: 7 },
  clock: { trust: "trusted", now: "2026-11-23T12:00:00.000Z", fault: null },
  storeFails: false,
};
const door = (over: Partial<EdgeStatus["doors"][number]>): EdgeStatus => ({
  ...STATUS,
  doors: [{ ...STATUS.doors[0]!, ...over }],
});
const EDGE: EdgeFacts = { folder: "/data", known: true, status: STATUS };
judged("edge", judgeEdge, [
  ["well", EDGE, "ok", /edge e1 of site hq, keyset 3, 2 records wait/, null],
  ["not running", { ...EDGE, status: null }, "wrong", /does not run/, /lintel edge --data \/data/],
  ["never was one", { ...EDGE, known: false, status: null }, "skipped", /no edge ever ran/, null],
  ["not adopted", { ...EDGE, status: { ...STATUS, adopted: false } }, "wrong", /not adopted/, /edge token/],
  ["no keyset", { ...EDGE, status: { ...STATUS, keyset: null } }, "wrong", /no keyset/, /site apply/],
]);
judged("controllers", judgeControllers, [
  ["online", EDGE, "ok", /front: Controller b1\/0 is online/, null],
  ["no edge", { ...EDGE, status: null }, "skipped", /only a running edge/, /start/],
  ["no doors", { ...EDGE, status: { ...STATUS, doors: [] } }, "skipped", /no doors/, null],
  ["not paired", { ...EDGE, status: door({ paired: false, online: null }) }, "wrong", /not paired/, /pair front/],
  ["offline", { ...EDGE, status: door({ online: false }) }, "wrong", /is offline/, /power/],
  ["never seen", { ...EDGE, status: door({ online: null }) }, "wrong", /is offline/, /power/],
  ["opened", { ...EDGE, status: door({ tamper: true }) }, "warning", /was opened/, /look/],
]);

const BROKER: BrokerFacts = { url: "mqtt://h:1883", unreachable: null, connected: true };
judged("broker", judgeBroker, [
  ["logged in", BROKER, "ok", /logged in/, null],
  ["none known", { ...BROKER, url: null, connected: null }, "skipped", /no broker/, /adopt/],
  ["away", { ...BROKER, unreachable: "ECONNREFUSED", connected: false }, "wrong", /ECONNREFUSED/, /authority/],
  ["not logged in", { ...BROKER, connected: false }, "wrong", /not logged in/, /adopt/],
  ["no edge", { ...BROKER, connected: null }, "ok", /no edge runs/, null],
]);

test("a check that never ends, or breaks, is a finding and harms no other", async (t) => {
  const never = await inTime("disk", () => new Promise(() => {}), 5);
  t.match(never, [{ check: "disk", status: "wrong", cause: /no answer within/ }]);
  const broken = await inTime("clock", () => Promise.reject(new Error("odd")), 1000);
  t.match(broken, [{ check: "clock", status: "wrong", cause: /odd/ }]);
});
