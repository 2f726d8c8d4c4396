/** How a Controller gets its key: by hand, in an install window, by rotation; and what happens when an answer is lost. */
import { Secret } from "@lintel/protocol/base/secret.ts";
import { monotonic } from "@lintel/protocol/base/units.ts";
import { sameSecret } from "@lintel/protocol/osdp/cp-keys.ts";
import type { PdSettings } from "@lintel/protocol/osdp/pd.ts";
import { SCBK_D } from "@lintel/protocol/osdp/secure.ts";
import { test } from "tap";
import { BusRig, oneOnline, pdSettings, type RigPd, SCBK_A, SCBK_B, seeded, strike } from "./bus.rig.ts";
import type { BusInput } from "./events.ts";

type PairBy = Extract<BusInput, { kind: "pair" }>["by"];

function rigWith(scbk: Secret | null, pd: Partial<PdSettings>): { rig: BusRig; pd: RigPd } {
  const rig = new BusRig(
    { id: "b1", baud: 9600, controllers: [{ address: 0, scbk, configure: null }] },
    seeded(9).bytes,
  );
  const added = rig.addPd(pdSettings(0, null, pd));
  rig.run(500);
  return { rig, pd: added };
}

function pair(rig: BusRig, by: PairBy, scbk: Secret = SCBK_B, window = 60_000): void {
  rig.give({ kind: "pair", address: 0, until: monotonic(rig.now + window), scbk, by });
}

/** The byte kk of every CHLNG: 1 the SCBK, 0 SCBK-D. */
function keysOffered(rig: BusRig): number[] {
  return rig.written.flatMap(({ frame }) => (frame.code === 0x76 ? [frame.scb!.data[0]!] : []));
}

function kinds(rig: BusRig): string[] {
  return rig.said.map(({ event }) => event.kind).filter((kind) => kind !== "alarm");
}

test("install window: SCBK-D, KEYSET as its only command, a new handshake with the new key, then paired", (t) => {
  const { rig, pd } = rigWith(null, { install: true });
  pair(rig, "install-window");
  rig.run(2_000);
  t.same(kinds(rig).slice(0, 2), ["paired", "online"]);
  const [paired] = rig.events("paired");
  t.ok(sameSecret(paired!.scbk, SCBK_B));
  t.ok(sameSecret(pd.settings.scbk, SCBK_B));
  t.same(keysOffered(rig), [1, 0, 1], "the target first: it may be there already");
  const after = rig.written.findIndex(({ frame }) => frame.code === 0x76 && frame.scb?.data[0] === 0);
  const codes = rig.written.slice(after, after + 6).map(({ frame }) => frame.code);
  t.same(codes, [0x76, 0x77, 0x75, 0x76, 0x77, 0x61], "CHLNG SCRYPT KEYSET CHLNG SCRYPT, and who are you, sealed");
  rig.give({ kind: "command", address: 0, id: 1, urgent: true, command: strike(5) });
  rig.run(300);
  t.same(rig.events("done"), [{ kind: "done", id: 1, answer: "ack" }]);
  t.end();
});

test("by hand: the key is tried as it is, SCBK-D never", (t) => {
  const { rig } = rigWith(null, { scbk: SCBK_B });
  pair(rig, "hand");
  rig.run(2_000);
  t.same(kinds(rig).slice(0, 2), ["paired", "online"]);
  t.same(keysOffered(rig), [1]);
  t.end();
});

test("by hand, a PD with another key or none: closed at the end of the window, SCBK-D never offered", (t) => {
  for (const scbk of [SCBK_A, null]) {
    const { rig } = rigWith(null, { scbk, install: scbk === null });
    pair(rig, "hand", SCBK_B, 10_000);
    rig.run(9_900);
    t.same(rig.events("pairing-closed").length, 0);
    rig.run(200);
    t.same(
      kinds(rig).filter((kind) => kind.startsWith("pair")),
      ["pairing-closed"],
    );
    t.ok(keysOffered(rig).length > 5 && keysOffered(rig).every((key) => key === 1));
  }
  t.end();
});

test("install window, a PD that is not in install mode: SCBK-D is offered in the window and not one moment longer", (t) => {
  const { rig, pd } = rigWith(null, {});
  pair(rig, "install-window", SCBK_B, 10_000);
  const end = rig.now + 10_000;
  rig.run(60_000);
  t.same(
    kinds(rig).filter((kind) => kind.startsWith("pair")),
    ["pairing-closed"],
  );
  const offers = rig.written.filter(({ frame }) => frame.code === 0x76 && frame.scb?.data[0] === 0);
  t.ok(offers.length > 3 && offers.every(({ at }) => at < end), `${offers.length} offers of SCBK-D, all inside`);
  // Its twin: what would have been taken inside the window is not offered after it.
  pd.settings = { ...pd.settings, install: true };
  rig.restart(pd);
  rig.run(10_000);
  t.equal(pd.settings.scbk, null);
  t.end();
});

test("a keyed Controller is never offered SCBK-D outside a pairing, whatever it answers", (t) => {
  const { rig } = rigWith(SCBK_A, { install: true });
  rig.run(120_000);
  t.ok(keysOffered(rig).length > 50);
  t.ok(keysOffered(rig).every((key) => key === 1));
  t.same(rig.events("alarm").slice(0, 1), [{ kind: "alarm", what: "key-refused" }]);
  t.notOk(
    rig.written.some(({ frame }) => frame.code === 0x75),
    "and no KEYSET",
  );
  t.end();
});

test("pair-end closes at once, and a session under SCBK-D does not outlive it", (t) => {
  const { rig, pd } = rigWith(null, { install: true });
  rig.wire = (bytes, from) => (from === "bus" && bytes[6] === 0x02 && bytes[7] === 0x17 ? null : bytes);
  pair(rig, "install-window");
  rig.run(400);
  t.ok(rig.state.controllers[0]!.cp.session !== null, "KEYSET is on its way under SCBK-D");
  rig.give({ kind: "pair-end", address: 0 });
  t.equal(rig.state.controllers[0]!.cp.session, null);
  rig.give({ kind: "pair-end", address: 0 });
  rig.run(20_000);
  t.same(
    kinds(rig).filter((kind) => kind.startsWith("pair")),
    ["pairing-closed"],
  );
  t.equal(pd.settings.scbk, null);
  t.end();
});

for (const [name, scbk] of [
  ["all zero", new Secret(new Uint8Array(16))],
  ["one byte repeated", new Secret(new Uint8Array(16).fill(0xa5))],
  ["SCBK-D", SCBK_D],
  ["too short", new Secret(Uint8Array.of(1, 2, 3))],
] as const) {
  test(`a weak key (${name}) is never given, tried or used`, (t) => {
    const { rig } = rigWith(null, { install: true });
    pair(rig, "install-window", scbk);
    pair(rig, "hand", scbk);
    rig.run(3_000);
    t.equal(rig.events("pairing-closed").length, 2);
    t.same(keysOffered(rig), []);
    t.ok(rig.events("alarm").some(({ what }) => what === "weak-key"));
    const settled = rigWith(scbk, { install: true });
    settled.rig.run(3_000);
    t.same(keysOffered(settled.rig), []);
    t.end();
  });
}

/** Loses replies to KEYSET: of a reply only its place behind the command tells what it answers. */
function loseKeysetAnswers(rig: BusRig, count: number): void {
  let left = count;
  let keyset = false;
  rig.wire = (bytes, from) => {
    if (from === "bus") keyset = rig.written.at(-1)?.frame.code === 0x75;
    if (from === "bus" || !keyset || left === 0) return bytes;
    left -= 1;
    return null;
  };
}

for (const lost of [1, 2, 3, 4]) {
  test(`install window, ${lost} answer(s) to KEYSET lost: the new key is tried first, and it is paired (facts osdp 8.18)`, (t) => {
    const { rig, pd } = rigWith(null, { install: true });
    loseKeysetAnswers(rig, lost);
    pair(rig, "install-window");
    rig.run(10_000);
    t.same(kinds(rig).slice(0, 2), ["paired", "online"]);
    t.ok(sameSecret(pd.settings.scbk, SCBK_B));
    t.equal(keysOffered(rig).at(-1), 1);
    t.end();
  });
}

test("a KEYSET that never reached the PD is sent again", (t) => {
  const { rig, pd } = rigWith(null, { install: true });
  let lose = 3;
  rig.wire = (bytes, from) => {
    const keyset = from === "bus" && rig.written.at(-1)?.frame.code === 0x75;
    if (!keyset || lose === 0) return bytes;
    lose -= 1;
    return null;
  };
  pair(rig, "install-window");
  rig.run(10_000);
  t.same(kinds(rig).slice(0, 2), ["paired", "online"]);
  t.ok(sameSecret(pd.settings.scbk, SCBK_B));
  t.end();
});

test("the window closes while a KEYSET has no answer: its proof may still come, SCBK-D may not", (t) => {
  const { rig, pd } = rigWith(null, { install: true });
  let cut = false;
  rig.wire = (bytes) => {
    if (rig.written.at(-1)?.frame.code === 0x75 && pd.settings.scbk !== null) cut = true;
    return cut ? null : bytes;
  };
  pair(rig, "install-window", SCBK_B, 5_000);
  const end = rig.now + 5_000;
  rig.run(7_000);
  cut = false;
  rig.wire = (bytes) => bytes;
  rig.run(4_000);
  t.same(
    kinds(rig).filter((kind) => kind.startsWith("pair")),
    ["paired"],
  );
  const late = rig.written.filter(({ at, frame }) => at >= end && frame.code === 0x76);
  t.ok(late.length > 0 && late.every(({ frame }) => frame.scb!.data[0] === 1));
  t.end();
});

test("the window closes in the midst of a session under SCBK-D: not one more byte under it", (t) => {
  const { rig, pd } = rigWith(null, { install: true });
  loseKeysetAnswers(rig, Number.POSITIVE_INFINITY);
  pair(rig, "install-window", SCBK_B, 400);
  const end = rig.now + 400;
  rig.run(20_000);
  const keysets = rig.written.filter(({ frame }) => frame.code === 0x75);
  t.ok(keysets.length > 0 && keysets.every(({ at }) => at < end), `${keysets.length} times, all inside`);
  t.same(kinds(rig).slice(0, 2), ["paired", "online"], "what was given is still proved");
  t.ok(sameSecret(pd.settings.scbk, SCBK_B));
  t.end();
});

test("rotation: KEYSET in the session, a handshake with the new key, paired, online again", (t) => {
  const { rig, pd } = oneOnline();
  pair(rig, "rotate");
  rig.run(2_000);
  t.same(kinds(rig).slice(-4), ["paired", "online", "tamper", "power", "inputs"].slice(-4));
  t.ok(sameSecret(pd.settings.scbk, SCBK_B));
  t.same(keysOffered(rig), [1, 1]);
  t.same(rig.events("offline"), []);
  t.end();
});

for (const lost of [1, 3, 4, 40]) {
  test(`rotation, ${lost} answer(s) to KEYSET lost: both keys are kept until one works`, (t) => {
    const { rig, pd } = oneOnline();
    loseKeysetAnswers(rig, lost);
    pair(rig, "rotate");
    rig.run(20_000);
    t.equal(rig.events("paired").length, 1);
    t.ok(sameSecret(pd.settings.scbk, SCBK_B));
    t.ok(sameSecret(rig.state.controllers[0]!.cp.settings.scbk, SCBK_B));
    t.equal(rig.state.controllers[0]!.cp.phase.kind, "session");
    t.end();
  });
}

test("rotation, the KEYSET itself lost for long: the old key goes on to work, and the key is given again", (t) => {
  const { rig, pd } = oneOnline();
  loseKeysets(rig, 7);
  pair(rig, "rotate");
  rig.run(20_000);
  t.same(
    kinds(rig).filter((kind) => kind.startsWith("pair")),
    ["paired"],
  );
  t.ok(sameSecret(pd.settings.scbk, SCBK_B));
  t.end();
});

/** KEYSET never arrives, until it may again. */
function loseKeysets(rig: BusRig, count: number): void {
  let left = count;
  rig.wire = (bytes, from) => {
    const keyset = from === "bus" && rig.written.at(-1)?.frame.code === 0x75;
    if (!keyset || left === 0) return bytes;
    left -= 1;
    return null;
  };
}

for (const taken of [true, false]) {
  test(`a rotation called off after its KEYSET went out (the PD ${taken ? "took" : "never saw"} it): answered, both keys kept until one works`, (t) => {
    const { rig, pd } = oneOnline();
    if (taken) loseKeysetAnswers(rig, Number.POSITIVE_INFINITY);
    else loseKeysets(rig, Number.POSITIVE_INFINITY);
    pair(rig, "rotate");
    rig.run(20);
    rig.give({ kind: "pair-end", address: 0 });
    t.same(kinds(rig).slice(-1), ["pairing-closed"]);
    pair(rig, "rotate");
    t.same(kinds(rig).slice(-2), ["pairing-closed", "pairing-closed"], "no third key before that is known");
    rig.run(20_000);
    const told = kinds(rig).filter((kind) => kind.startsWith("pair"));
    t.same(told.slice(2), taken ? ["paired"] : [], "said late, if it was taken");
    t.ok(sameSecret(rig.state.controllers[0]!.cp.settings.scbk, pd.settings.scbk));
    t.equal(rig.state.controllers[0]!.cp.phase.kind, "session");
    t.equal(rig.state.controllers[0]!.cp.pairing, null);
    t.end();
  });
}

test("by hand, at a Controller that proves its old key: closed at once, and online under the old key", (t) => {
  const { rig } = oneOnline();
  pair(rig, "hand");
  rig.run(1_000);
  t.same(kinds(rig).slice(4, 6), ["pairing-closed", "online"]);
  t.same(rig.events("offline"), []);
  t.same(rig.events("alarm"), []);
  t.end();
});

test("install window at a Controller that was replaced: the old key fails, SCBK-D comes last, and the new one is paired", (t) => {
  const { rig, pd } = rigWith(SCBK_A, { install: true });
  pair(rig, "install-window");
  rig.run(3_000);
  t.same(keysOffered(rig).slice(-4), [1, 1, 0, 1]);
  t.same(kinds(rig).slice(-5, -3), ["paired", "online"]);
  t.ok(sameSecret(pd.settings.scbk, SCBK_B));
  t.end();
});

test("install window at a Controller that is there with its old key: the new one is given in that session, SCBK-D never offered", (t) => {
  const { rig, pd } = oneOnline();
  pair(rig, "install-window");
  rig.run(2_000);
  t.ok(keysOffered(rig).every((key) => key === 1));
  t.equal(rig.events("paired").length, 1);
  t.ok(sameSecret(pd.settings.scbk, SCBK_B));
  t.end();
});

test("a key that already works is answered at once, without a KEYSET", (t) => {
  const { rig } = oneOnline();
  for (const by of ["rotate", "hand", "install-window"] as const) pair(rig, by, SCBK_A);
  t.equal(rig.events("paired").length, 3);
  rig.run(1_000);
  t.notOk(rig.written.some(({ frame }) => frame.code === 0x75));
  t.equal(rig.events("online").length, 1);
  t.end();
});

test("a rotation that has not begun is called off by pair-end, or by another pairing", (t) => {
  const { rig } = oneOnline();
  rig.give({ kind: "command", address: 0, id: 1, urgent: false, command: { name: "OSTAT" } });
  pair(rig, "rotate");
  rig.give({ kind: "pair-end", address: 0 });
  t.equal(rig.events("pairing-closed").length, 1);
  pair(rig, "rotate");
  pair(rig, "rotate");
  t.equal(rig.events("pairing-closed").length, 2);
  rig.run(2_000);
  t.equal(rig.events("paired").length, 1);
  t.end();
});

test("a key of other settings ends the session under the old one, and a pairing", (t) => {
  const { rig, pd } = oneOnline();
  pd.settings = { ...pd.settings, scbk: SCBK_B };
  rig.restart(pd);
  rig.give({ kind: "command", address: 0, id: 3, urgent: false, command: { name: "OSTAT" } });
  rig.give({
    kind: "settings",
    settings: { id: "b1", baud: 9600, controllers: [{ address: 0, scbk: SCBK_B, configure: null }] },
  });
  rig.run(2_000);
  t.same(rig.events("done"), [{ kind: "done", id: 3, answer: "lost" }]);
  t.equal(rig.events("online").length, 2);
  t.equal(rig.events("offline").length, 0, "8 s did not pass");
  t.end();
});
