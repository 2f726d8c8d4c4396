import { rehearseSite } from "./edge.rig.ts";
import { told } from "./faults.rig.ts";
import { EDGE_FAULTS } from "./edge.ts";
const CUT = [
  { at: "10:00:34", power: "off", unit: "edge", door: "front" },
  { at: "10:00:44", power: "on", unit: "edge", door: "front" },
];
const rows: any[] = [
  { fault: "none" },
  { fault: "disk-full" },
  { fault: "disk-full", set: { room: 2 } },
  { fault: "disk-slow" },
  { fault: "disk-slow", set: { each: "400ms" } },
  { fault: "failed-fsync" },
  { fault: "failed-fsync", set: { left: "all" } },
  { fault: "failed-fsync", set: { left: "after-power" }, more: CUT },
  { fault: "failed-fsync", set: { share: 0.5 } },
  ...[1, 2, 3].map((transaction) => ({ fault: "torn-write", set: { transaction } })),
  { fault: "torn-write", set: { transaction: 3, reported: 2 } },
  ...["before", "after"].flatMap((when) =>
    [1, 2, 3].map((transaction) => ({ fault: "edge-power-cut", set: { when, transaction } })),
  ),
  { fault: "dead-rtc", more: CUT },
  { fault: "dead-rtc", set: { shows: "stopped" }, more: CUT },
  { fault: "clock-step" },
  { fault: "clock-step", set: { by: "-30d" } },
  { fault: "clock-drift" },
  { fault: "clock-drift", set: { ppm: -20_000 } },
  { fault: "broker-gone" },
  { fault: "broker-slow" },
  { fault: "broker-slow", set: { delay: "20s" } },
  { fault: "broker-duplicates" },
  { fault: "broker-reorders" },
  { fault: "keyset-cut" },
  { fault: "keyset-cut", set: { how: "truncated" } },
];
const during = [
  { at: "10:00:32", press: "274936#", door: "back" },
  { at: "10:00:37", press: "385047#", door: "front" },
  { at: "10:00:45", press: "496158#", door: "back" },
  { at: "10:00:51", rex: true, door: "front" },
  { at: "10:00:52", apply: "revoked.yaml" },
  { at: "10:00:58", press: "385047#", door: "front" },
];
let sum = 0;
for (const { fault, set = {}, more = [] } of rows) {
  const kind = EDGE_FAULTS.find(({ name }) => name === fault);
  const it = kind === undefined ? [] : [{ at: "10:00:30", fault, ...(kind.place === "edge" ? { door: "back" } : {}), ...set, ...(kind.lasts ? { for: "35s" } : {}) }];
  const steps = [
    { at: "10:00:00", press: "274936#", door: "front" },
    ...it, ...during, ...more,
    { at: "10:01:40", press: "507269#", door: "back" },
    { at: "10:01:44", press: "385047#", door: "front" },
    { at: "10:01:48", press: "274936#", door: "back" },
    { at: "10:02:00", end: true },
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const b = performance.now();
  const ran = rehearseSite(steps);
  sum += performance.now() - b;
  console.log(`\n== ${fault} ${JSON.stringify(set)} ${Math.round(performance.now() - b)} ms`);
  console.log(ran.events.filter(({at})=>at>=Date.UTC(2026,11,1,10,0,20)).map((e)=>[new Date(e.at).toISOString().slice(11,23), e.door, e.event, ...(e.reasons??[]), e.detail?JSON.stringify(e.detail):""].join(" ")).join("\n"));
  const { journal, keyset } = ran.rehearsal.edge("e1")!.box!.status();
  console.log(JSON.stringify(journal), JSON.stringify(keyset), ran.rehearsal.authority.edges()[0]!.issued, ran.rehearsal.authority.records(0,1000).length);
}
console.log(sum);
