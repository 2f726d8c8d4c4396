/** One-time codes at the simulated door: slot form, counters and steps that are durable before the strike (item 3, L5). */
import { inspect } from "node:util";
import { shownBy } from "@lintel/edge/box/otp.ts";
import { utf8 } from "@lintel/protocol/base/bytes.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import type { Keyset, KeysetOtp } from "@lintel/protocol/keyset/keyset.ts";
import { test } from "tap";
import { doorAt, keyOf, World } from "./world.ts";

const SECRET = utf8("12345678901234567890");
/** RFC 4226, appendix D. */
const HOTP = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];

interface Token extends Partial<KeysetOtp> {
  readonly issue?: number;
}

/** Front with a token of k1, and k4 with a PIN at the back. */
function keysetWith(world: World, { issue = 1, ...token }: Token = {}, over: Partial<Keyset> = {}): Keyset {
  const otp: KeysetOtp = {
    key: "k1",
    type: "hotp",
    slot: null,
    algorithm: "SHA1",
    period: 30,
    counter: 0,
    secret: world.authority.sealOtp({ key: "k1", issue }, SECRET),
    ...token,
  };
  const keys = [keyOf("k1", ["front"], { issue }), keyOf("k4", ["back"])];
  const codes = [{ index: world.authority.indexOf("518273"), kind: "pin" as const, key: "k4" }];
  return world.keyset({ number: 2, keys, codes, otps: [otp], ...over });
}

function worldWith(token: Token = {}, over: Partial<Keyset> = {}): World {
  const world = World.ready();
  world.authority.issue(keysetWith(world, token, over));
  world.pass(500);
  return world;
}

const last = (world: World) => world.records("granted", "denied").at(-1)!;
const answers = (world: World) =>
  world.records("granted", "denied").map(({ event, reasons, key }) => [event, ...reasons, key].join(" "));

test("a token's codes open in their order, once each; skipped ones are void, and a jump is said", (t) => {
  const world = worldWith();
  for (const code of [HOTP[0], HOTP[0], HOTP[2], HOTP[1], HOTP[7], "000000", HOTP[8]]) world.type(0, `${code}#`);
  t.same(answers(world), [
    "granted k1",
    "denied unknown-code ",
    "granted k1",
    "denied unknown-code ",
    "granted k1",
    "denied unknown-code ",
    "granted k1",
  ]);
  t.same(
    world.records("granted").map(({ detail }) => detail),
    [
      { via: "otp", releaseMs: 5000 },
      { via: "otp", releaseMs: 5000 },
      { via: "otp", releaseMs: 5000, skipped: 4 },
      { via: "otp", releaseMs: 5000 },
    ],
  );
  t.equal(world.releases(0).length, 4);
  t.ok(
    world.records("denied").every(({ fingerprint }) => /^[0-9a-f]{8}$/.test(fingerprint ?? "")),
    "a used code is an unknown one, with its fingerprint alone",
  );
  t.end();
});

const slots = [
  { typed: `42${HOTP[0]}#`, answer: "granted k1", rule: "Slot form" },
  { typed: `${HOTP[0]}#`, answer: "denied unknown-code ", rule: "its slot is missing" },
  { typed: `43${HOTP[0]}#`, answer: "denied unknown-code ", rule: "a slot of nobody" },
  { typed: `42${HOTP[9]}3#`, answer: "denied wrong-length ", rule: "one digit more" },
  { typed: `4${HOTP[0]}#`, answer: "denied wrong-length ", rule: "one digit less" },
] as const;
for (const { typed, answer, rule } of slots) {
  test(`at a door with slots of two digits: ${answer} (${rule})`, (t) => {
    const world = worldWith({ slot: "42" });
    world.type(0, typed);
    t.same(answers(world), [answer]);
    t.equal(world.releases(0).length, answer.startsWith("granted") ? 1 : 0);
    t.end();
  });
}

test("slot form at a door without slots is wrong-length (Slot form)", (t) => {
  const world = worldWith({ slot: "42" });
  world.type(1, `42${HOTP[0]}#`);
  t.match(last(world), { door: "back", reasons: ["wrong-length"] });
  t.end();
});

test("a slot of four digits and six more fit into the buffer of 16 (d2.2)", (t) => {
  const world = worldWith({ slot: "4242" });
  world.type(0, `4242${HOTP[0]}#`);
  t.match(last(world), { event: "granted", key: "k1" });
  t.end();
});

test("TOTP: the step of the clock and one to each side, each once, none before one that was taken", (t) => {
  // Long steps: all of it is typed within one.
  const world = worldWith({ type: "totp", algorithm: "SHA256", period: 300 });
  const now = Math.floor(world.trueTime() / 300_000);
  for (const ahead of [-2, 2, -1, -1, 1, 1, 0]) {
    world.type(0, `${shownBy(new Secret(SECRET), "SHA256", now + ahead)}#`);
  }
  t.equal(Math.floor(world.trueTime() / 300_000), now, "within one step");
  t.same(answers(world), [
    "denied unknown-code ",
    "denied unknown-code ",
    "granted k1",
    "denied unknown-code ",
    "granted k1",
    "denied unknown-code ",
    "denied unknown-code ",
  ]);
  t.same(world.store.load().otps, [{ key: "k1", issue: 1, next: now + 2 }]);
  t.end();
});

test("a TOTP code opens one door of its edge: the step is taken at all of them", (t) => {
  const world = World.ready();
  const keys = [keyOf("k1", ["front", "back"])];
  world.authority.issue(keysetWith(world, { type: "totp", period: 300 }, { keys, codes: [] }));
  world.pass(500);
  const code = shownBy(new Secret(SECRET), "SHA1", Math.floor(world.trueTime() / 300_000));
  world.type(0, `${code}#`);
  world.type(1, `${code}#`);
  t.same(answers(world), ["granted k1", "denied unknown-code "]);
  t.end();
});

test("TOTP with a clock that is floor-only: a slot says clock-unknown, without one it is an unknown code", (t) => {
  for (const [slot, answer] of [
    ["42", "denied clock-unknown k1"],
    [null, "denied unknown-code "],
  ] as const) {
    const world = worldWith({ type: "totp", slot });
    world.authority.tellsTime = false;
    world.killEdge();
    world.boot = "boot-2";
    world.startEdge();
    world.pass(15_000);
    const code = shownBy(new Secret(SECRET), "SHA1", Math.floor(world.trueTime() / 30_000));
    world.type(0, `${slot ?? ""}${code}#`);
    t.equal(last(world).clock, "floor-only");
    t.same(answers(world), [answer]);
  }
  t.end();
});

test("a counter survives: restart, keyset repeated, older and newer, and only the authority lifts it (d7.4)", (t) => {
  const world = worldWith();
  world.type(0, `${HOTP[5]}#`);
  t.match(last(world), { event: "granted" });
  const refused = (why: string) => {
    world.type(0, `${HOTP[5]}#`);
    t.match(last(world), { event: "denied", reasons: ["unknown-code"] }, why);
  };
  refused("at once");
  world.killEdge();
  world.startEdge();
  world.pass(15_000);
  refused("after a restart");
  world.authority.issue(keysetWith(world, {}, { number: 3 }));
  world.pass(1000);
  refused("after a keyset that says counter 0");
  world.authority.issue(keysetWith(world, { counter: 8 }, { number: 4 }));
  world.pass(1000);
  world.type(0, `${HOTP[6]}#`);
  t.match(last(world), { event: "denied", reasons: ["unknown-code"] }, "resynchronised to 8: 6 is void");
  world.type(0, `${HOTP[8]}#`);
  t.match(last(world), { event: "granted", detail: { via: "otp" } });
  world.authority.issue(keysetWith(world, { issue: 2 }, { number: 5 }));
  world.pass(1000);
  world.type(0, `${HOTP[0]}#`);
  t.match(last(world), { event: "granted" }, "a re-issue begins anew");
  t.end();
});

test("the counter and the record are one transaction, before the strike: a power cut wastes a code (d7.1)", (t) => {
  for (const killBefore of [true, false]) {
    const world = worldWith();
    world.store.fault = () => {
      if (world.store.commits.at(-1)!.some(({ kind }) => kind === "otp")) {
        world.store.fault = "none";
        if (killBefore) world.killEdge();
      }
    };
    world.type(0, `${HOTP[0]}#`);
    const commit = world.store.commits.find((changes) => changes.some(({ kind }) => kind === "otp"))!;
    t.same(commit.map(({ kind }) => kind).sort(), ["otp", "record"]);
    t.same(world.store.load().otps, [{ key: "k1", issue: 1, next: 1 }]);
    t.equal(world.releases(0).length, killBefore ? 0 : 1);
    if (!killBefore) world.killEdge();
    world.startEdge();
    world.pass(15_000);
    world.type(0, `${HOTP[0]}#`);
    t.match(last(world), { event: "denied", reasons: ["unknown-code"] });
    world.type(0, `${HOTP[1]}#`);
    t.match(last(world), { event: "granted", key: "k1" });
  }
  t.end();
});

test("a disk that takes nothing: nobody enters, no counter moves, and the code is good afterwards", (t) => {
  const world = worldWith();
  world.store.fault = "throws";
  world.type(0, `${HOTP[0]}#`);
  t.equal(world.releases(0).length, 0);
  t.same(world.store.load().otps, []);
  world.store.fault = "none";
  world.pass(3000);
  world.type(0, `${HOTP[0]}#`);
  t.match(last(world), { event: "granted" });
  t.end();
});

test("a code is used up once it stands on the disk, also where the disk said otherwise (d7.1)", (t) => {
  const world = worldWith();
  world.store.fault = "throws-after";
  world.type(0, `${HOTP[0]}#`);
  world.store.fault = "none";
  world.pass(3000);
  t.equal(world.releases(0).length, 0, "the typist was told of a fault");
  t.same(world.store.load().otps, [{ key: "k1", issue: 1, next: 1 }]);
  world.type(0, `${HOTP[0]}#`);
  t.match(last(world), { event: "denied", reasons: ["unknown-code"] });
  world.type(0, `${HOTP[1]}#`);
  t.match(last(world), { event: "granted" });
  t.end();
});

test("a key with uses and a token: both go up in one transaction", (t) => {
  const world = World.ready();
  const keys = [keyOf("k1", ["front"], { restrictions: [{ kind: "uses", uses: 1 }] })];
  world.authority.issue(keysetWith(world, {}, { keys, codes: [], doors: [doorAt("front", 0)] }));
  world.pass(500);
  world.type(0, `${HOTP[0]}#`);
  const commit = world.store.commits.find((changes) => changes.some(({ kind }) => kind === "otp"))!;
  t.same(commit.map(({ kind }) => kind).sort(), ["otp", "record", "uses"]);
  world.type(0, `${HOTP[1]}#`);
  t.match(last(world), { event: "denied", key: "k1", reasons: ["used-up"] });
  t.same(world.store.load().otps, [{ key: "k1", issue: 1, next: 1 }], "what is refused moves nothing");
  t.end();
});

test("no secret and no code of a token stands anywhere of the edge outside of the wire", (t) => {
  const world = worldWith();
  for (const code of [HOTP[0], HOTP[9], HOTP[9]]) world.type(0, `${code}#`);
  const everything = [
    inspect(world.store, { depth: 20, maxArrayLength: null }),
    ...world.store.commits.map((changes) => Buffer.from(JSON.stringify(changes)).toString("latin1")),
    JSON.stringify(world.told),
    ...world.authority.heard.map(({ topic, payload }) => topic + Buffer.from(payload).toString("latin1")),
    inspect(world.box, { depth: 20, maxArrayLength: null, showHidden: true }),
  ].join("\n");
  t.ok(everything.length > 50_000);
  t.notMatch(everything, /755224|520489|12345678901234567890|GEZDGNBV/);
  t.notMatch(everything, /49, 50, 51, 52, 53, 54, 55/, "nor as bytes");
  t.end();
});
