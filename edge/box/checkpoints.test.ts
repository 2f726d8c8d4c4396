/** What an edge signs of its journal, and when: what is durable, once, and what is new. */
import { Secret } from "@lintel/protocol/base/secret.ts";
import { instant, monotonic } from "@lintel/protocol/base/units.ts";
import type { Checkpoint } from "@lintel/protocol/mqtt/bodies.ts";
import { openMessage, signingPublicKey } from "@lintel/protocol/mqtt/envelope.ts";
import type { NewRecord } from "@lintel/protocol/mqtt/record.ts";
import { test } from "tap";
import { chainHash, EMPTY_HASH } from "../journal/journal.ts";
import { Checkpoints } from "./checkpoints.ts";
import { LIMITS } from "./limits.ts";
import { MemoryStore } from "./memory-store.ts";
import type { Adoption, EdgeKeys } from "./ports.ts";
import { Recorder } from "./recorder.ts";
import { EdgeTime } from "./time.ts";

const signing = new Secret(new Uint8Array(32).fill(1));
const agreement = new Secret(new Uint8Array(32).fill(2));
const none = new Uint8Array(0);
const adoption: Adoption = { site: "hq", edge: "e1", broker: "mqtt://x", root: none, rootKey: none, agreement: none };
const opened: NewRecord = {
  at: instant(1_795_000_000_000),
  clock: "trusted",
  door: "front",
  event: "opened",
  reasons: [],
  key: null,
  user: null,
  fingerprint: null,
  detail: {},
};

class Rig {
  readonly store = new MemoryStore();
  readonly made: Checkpoint[] = [];
  recorder!: Recorder;
  checkpoints!: Checkpoints;

  constructor() {
    this.restart();
  }

  restart(): void {
    const signs = () => ({ wall: instant(1_795_000_000_000), boot: "b", hardwareClock: true, synchronised: false });
    const stored = this.store.load();
    const time = new EdgeTime({ monotonic: () => monotonic(1000), signs }, stored.clock);
    this.recorder = new Recorder(this.store, stored, time, () => {});
    const keys: EdgeKeys = { signing, agreement, sealing: agreement };
    this.checkpoints = new Checkpoints({
      ports: { keys, random: (count) => new Uint8Array(count) },
      recorder: this.recorder,
      time,
      last: stored.checkpoint,
      keyset: () => 7,
      made: (message) => void this.made.push(bodyOf(message)),
    });
  }

  record(count = 1): void {
    for (let at = 0; at < count; at += 1) this.recorder.record({ records: [opened] });
  }
}

function bodyOf(message: Uint8Array): Checkpoint {
  const signer = signingPublicKey(signing);
  const read = openMessage("checkpoint", message, { site: "hq", edge: "e1", signer, now: null });
  if (!read.ok) throw new Error(read.error.kind);
  return read.value.body;
}

test("a checkpoint is the edge's own word for the last link of its journal, and durable", (t) => {
  const rig = new Rig();
  t.equal(rig.checkpoints.last, null);
  rig.record(2);
  rig.checkpoints.make(adoption);
  const link = rig.store.records(1, 2).reduce(chainHash, EMPTY_HASH);
  t.match(rig.made, [{ epoch: rig.recorder.epoch, seq: 2, hash: link, keyset: 7 }]);
  t.equal(rig.made.length, 1);
  const last = rig.checkpoints.last!;
  t.equal(bodyOf(last).seq, 2);
  rig.restart();
  t.same(rig.checkpoints.last, last, "after a restart it is still known, with its signature");
  t.end();
});

test("the same end is signed once; an empty journal never", (t) => {
  const rig = new Rig();
  rig.checkpoints.make(adoption);
  t.same(rig.made, []);
  rig.record();
  rig.checkpoints.make(adoption);
  rig.checkpoints.make(adoption);
  rig.restart();
  rig.checkpoints.make(adoption);
  t.same(
    rig.made.map(({ seq }) => seq),
    [1],
  );
  rig.record();
  rig.checkpoints.make(adoption);
  t.equal(rig.made.at(-1)!.seq, 2);
  t.end();
});

test("one presses when as many records as the limit are not covered", (t) => {
  const rig = new Rig();
  rig.record(LIMITS.checkpointRecords - 1);
  t.equal(rig.checkpoints.pressing, false);
  rig.record();
  t.equal(rig.checkpoints.pressing, true);
  rig.checkpoints.make(adoption);
  t.equal(rig.checkpoints.pressing, false);
  t.end();
});

test("a disk that fails gets no checkpoint: what is not durable is not vouched for", (t) => {
  const rig = new Rig();
  rig.record();
  rig.store.fault = "throws";
  rig.checkpoints.make(adoption);
  t.same([rig.made, rig.checkpoints.last], [[], null]);
  rig.record();
  rig.store.fault = "none";
  rig.checkpoints.make(adoption);
  t.same(rig.made, [], "something still waits");
  t.ok(rig.recorder.retry());
  rig.checkpoints.make(adoption);
  t.equal(rig.made.at(-1)?.seq, rig.recorder.head);
  t.end();
});
