/** What counts as a closed door for the interlock of another (d9.4, "Interlock and groups"). */
import { millis } from "@lintel/protocol/base/units.ts";
import { makeDoor } from "@lintel/test/support/access.ts";
import { test } from "tap";
import type { DoorState } from "../door/door.ts";
import type { Leaf } from "../door/leaf.ts";
import { startDoor } from "../door/step.ts";
import type { Door } from "./doors.ts";
import { peersClosed } from "./interlock.ts";

interface Peer {
  readonly contact?: number | null;
  readonly online?: boolean | null;
  readonly position?: Leaf["position"];
  readonly found?: boolean | null;
}

function doorOf(id: string, interlock: readonly string[], peer: Peer = {}): Door {
  const { contact = 0, online = true, position = "closed", found = null } = peer;
  const settings = makeDoor({ id, interlock, contact, preAlarm: millis(0) });
  const started = startDoor(settings);
  const state: DoorState = {
    ...started,
    online,
    leaf: { ...started.leaf, position },
    found: { ...started.found, open: found },
  };
  return {
    id,
    settings,
    state,
    wakeAt: null,
    lintel: true,
    first: { inputs: false, tamper: false },
    inputs: [],
    leaseFails: false,
  };
}

const rows: readonly { name: string; peer: Peer; closed: boolean }[] = [
  { name: "closed", peer: {}, closed: true },
  { name: "open", peer: { position: "open" }, closed: false },
  { name: "not heard of yet", peer: { position: "unknown" }, closed: false },
  { name: "without a contact", peer: { contact: null }, closed: false },
  { name: "away", peer: { online: false }, closed: false },
  { name: "of which nobody knows whether it is away", peer: { online: null }, closed: false },
  { name: "closed when it was last told, found open by this session", peer: { found: true }, closed: false },
  { name: "closed, found closed", peer: { found: false }, closed: true },
  {
    name: "open when it was last told, found closed and not told yet",
    peer: { position: "open", found: false },
    closed: false,
  },
];
for (const { name, peer, closed } of rows) {
  test(`a peer ${name} counts as ${closed ? "closed" : "open"}`, (t) => {
    const back = doorOf("back", [], peer);
    t.equal(
      peersClosed(doorOf("front", ["back"]), (id) => (id === "back" ? back : undefined)),
      closed,
    );
    t.end();
  });
}

test("all of several must be closed, one that is not there is not, and no peers are all closed", (t) => {
  const doors = new Map(
    [doorOf("a", []), doorOf("b", []), doorOf("c", [], { position: "open" })].map((d) => [d.id, d]),
  );
  const closed = (...interlock: readonly string[]) => peersClosed(doorOf("front", interlock), (id) => doors.get(id));
  t.same(
    [closed("a", "b"), closed("a", "c"), closed("c", "a"), closed("ghost"), closed()],
    [true, false, false, false, true],
  );
  t.end();
});
