/** The issuing core as an edge and an operator see it, in virtual time, with a broker and a store in memory. */
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { codeIndex, deriveIndexKey } from "@lintel/protocol/keyset/code-index.ts";
import { decodeKeyset } from "@lintel/protocol/keyset/codec.ts";
import type { Keyset } from "@lintel/protocol/keyset/keyset.ts";
import { deriveOtpSealKeys, openOtpSecret } from "@lintel/protocol/keyset/otp-seal.ts";
import { joinKeyset } from "@lintel/protocol/keyset/transport.ts";
import { adoptionPassword, adoptionUser, decodeToken, signAdoptRequest } from "@lintel/protocol/mqtt/adoption.ts";
import { mqttPassword } from "@lintel/protocol/mqtt/agreement.ts";
import { LIMITS as WIRE } from "@lintel/protocol/mqtt/limits.ts";
import { test } from "tap";
import type { AuthorityStore } from "./ports.ts";
import { type StandIn, StandInEdge, startStandIn } from "./stand-in.ts";

const PIN = "274936";
const MASTER = "904152";

interface Written {
  readonly id?: string;
  readonly edges?: string;
  readonly doors?: string;
  readonly keys?: string;
  readonly front?: string;
}

const KEY = 'id: k1, user: u1, doors: [front], restriction: none, pin: "274936"';

function siteFile({
  id = "hq",
  edges = "[ { id: e1 } ]",
  doors = "",
  keys = `{ ${KEY} }`,
  front = "",
}: Written = {}): string {
  return `
site: { id: ${id}, name: Head office, timezone: Europe/Berlin, country: DE }
edges: ${edges}
buses: [ { id: b1, edge: e1, port: sim, baud: 9600 } ]
doors:
  - { id: front, name: Front door, controller: { bus: b1, address: 0 }, masterCode: "904152"${front} }
${doors}
users: [ { id: u1, name: Front Desk } ]
keys:
  - ${keys}
`;
}

function apply(around: StandIn, text: string, widen = false) {
  const applied = around.authority.apply(text, { widen });
  if (applied.ok) return { kind: "applied", ...applied.value } as const;
  return applied.error;
}

function adopted(around: StandIn, edge = "e1", seed = 11): StandInEdge {
  const one = new StandInEdge("hq", edge, seed);
  if (!one.adopt(around, tokenFor(around, edge))) throw new Error("not adopted");
  return one;
}

function tokenFor(around: StandIn, edge: string): SecretText {
  const issued = around.authority.issueToken(edge);
  if (!issued.ok) throw new Error(issued.error.kind);
  return issued.value.token;
}

/** The keyset that the broker holds for an edge, checked as the edge does it. */
function keysetAt(around: StandIn, edge: StandInEdge): Keyset | null {
  const manifest = around.broker.retained.get(edge.topics.keysetManifest);
  if (manifest === undefined) return null;
  const { body } = edge.open("keyset", manifest);
  const chunks = new Map(body.chunks.map((hash) => [hash, around.broker.retained.get(edge.topics.keysetChunk(hash))!]));
  const bytes = joinKeyset(body, chunks);
  const keyset = bytes.ok ? decodeKeyset(bytes.value) : bytes;
  if (!keyset.ok) throw new Error(keyset.error.kind);
  return keyset.value;
}

test("the first apply sets the site; an edge adopted later gets keyset 1, with codes only it can look up", (t) => {
  const around = startStandIn();
  t.match(apply(around, siteFile()), { kind: "applied", revision: 1, keysets: [] });
  const edge = adopted(around);
  const keyset = keysetAt(around, edge);
  t.match(keyset, { site: "hq", edge: "e1", number: 1, issuedAt: around.now, keys: [{ id: "k1", issue: 1 }] });
  const indexKey = deriveIndexKey(edge.shared, { site: "hq", edge: "e1" });
  const index = (code: string) => toHex(codeIndex(indexKey, new SecretText(code)));
  t.same(
    keyset!.codes.map(({ kind, index: at }) => [kind, toHex(at)]).sort(),
    [
      ["master", index(MASTER)],
      ["pin", index(PIN)],
    ].sort(),
  );
  t.same(
    around.events.map(({ event }) => event),
    ["site-applied", "edge-adopted", "keyset-issued"],
  );
  t.end();
});

test("an apply that changes something for an edge issues the next number; one that does not, none", (t) => {
  const around = startStandIn();
  apply(around, siteFile());
  const edge = adopted(around);
  t.match(apply(around, siteFile()), { kind: "applied", revision: 1, changes: [], keysets: [] });
  // The phone of a user concerns no edge.
  const phone = siteFile().replace("name: Front Desk", 'name: Front Desk, phone: "+12125550123"');
  t.match(apply(around, phone), { kind: "applied", revision: 2, keysets: [] });
  t.equal(keysetAt(around, edge)!.number, 1);
  const disabled = siteFile({ keys: `{ ${KEY}, enabled: false }` });
  t.match(apply(around, disabled), { kind: "applied", revision: 3, keysets: [{ edge: "e1", number: 2 }] });
  t.match(keysetAt(around, edge), { number: 2, keys: [{ enabled: false }] });
  t.end();
});

test("a token goes out sealed to its edge, and the same site again issues nothing (design 4)", (t) => {
  const around = startStandIn();
  const otp = "otp: { type: hotp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ }";
  const text = siteFile({ keys: `{ id: k1, user: u1, doors: [front], restriction: none, ${otp} }` });
  apply(around, text);
  const edge = adopted(around);
  const { otps, number } = keysetAt(around, edge)!;
  const place = { site: "hq", edge: "e1" };
  const opened = openOtpSecret(deriveOtpSealKeys(edge.shared, place), "k1", otps[0]!.secret);
  t.ok(opened.ok && opened.value.use((bytes) => new TextDecoder().decode(bytes)) === "12345678901234567890");
  apply(around, text.replace("Front Desk", "Night Desk"));
  t.equal(keysetAt(around, edge)!.number, number, "equal content is sealed equally");
  apply(around, text.replace("OJQ }", "OJQ, counter: 7 }"), true);
  t.match(keysetAt(around, edge), { number: number + 1, otps: [{ counter: 7, secret: otps[0]!.secret }] });
  for (const { payload } of around.broker.sent) {
    t.notMatch(Buffer.from(payload).toString("latin1"), /12345678901234567890|GEZDGNBV/);
  }
  t.end();
});

test("chunks that only the keyset before had leave the broker", (t) => {
  const around = startStandIn();
  apply(around, siteFile());
  const edge = adopted(around);
  apply(around, siteFile({ keys: `{ ${KEY}, enabled: false }` }));
  const chunks = [...around.broker.retained.keys()].filter((topic) => topic.startsWith(edge.topics.keysetChunk("")));
  t.equal(chunks.length, 1);
  t.equal(keysetAt(around, edge)!.number, 2);
  t.end();
});

test("an edge that left the site gets a keyset in which nobody has a right, and the next number when it is back", (t) => {
  const around = startStandIn();
  const two = "[ { id: e1 }, { id: e2 } ]";
  apply(around, siteFile({ edges: two }));
  const e2 = adopted(around, "e2", 12);
  t.equal(keysetAt(around, e2)!.number, 1);
  apply(around, siteFile());
  // e2 had no door: its empty keyset says the same, so none is issued.
  t.equal(keysetAt(around, e2)!.number, 1);
  const e1 = adopted(around);
  const moved = siteFile({ edges: two }).replace("edge: e1", "edge: e2");
  t.match(apply(around, moved, true), {
    kind: "applied",
    keysets: [
      { edge: "e1", number: 2 },
      { edge: "e2", number: 2 },
    ],
  });
  t.match(keysetAt(around, e1), { doors: [], keys: [], codes: [] });
  t.match(keysetAt(around, e2), { doors: [{ id: "front" }] });
  t.end();
});

test("a change that widens changes nothing unless it is allowed to, and is audited when it is", (t) => {
  const around = startStandIn();
  apply(around, siteFile({ keys: `{ ${KEY}, enabled: false }` }));
  const edge = adopted(around);
  const before = around.authority.exportSite({ withCodes: false });
  t.match(apply(around, siteFile()), { kind: "widens", changes: [{ widens: true, path: "keys[k1].enabled" }] });
  t.same(around.authority.exportSite({ withCodes: false }), before);
  t.equal(keysetAt(around, edge)!.number, 1);
  t.match(apply(around, siteFile(), true), { kind: "applied", keysets: [{ number: 2 }] });
  t.same(
    around.authority.audit().map(({ what }) => what),
    ["site-applied", "token-issued", "edge-adopted", "site-widened"],
  );
  t.end();
});

const faulty: readonly { name: string; first?: string; text: string; path: string; line?: number; says: RegExp }[] = [
  { name: "another site", text: siteFile({ id: "lab" }), path: "site.id", line: 2, says: /site hq/ },
  {
    name: "kept, and nothing stored",
    text: siteFile({ keys: `{ ${KEY.replace(/"\d+"/, "kept").replace("k1", "k2")} }` }),
    path: "keys[0].pin",
    line: 10,
    says: /no code is stored/,
  },
  {
    name: "an issue below one that was seen",
    first: siteFile({ keys: `{ ${KEY}, issue: 3 }` }),
    text: siteFile({ keys: `{ ${KEY}, issue: 2 }` }),
    path: "keys[0].issue",
    says: /issued as 3/,
  },
  {
    name: "a new code that a kept one is already",
    text: siteFile({
      keys: `{ ${KEY.replace(/"\d+"/, "kept")} }\n  - { id: k2, user: u1, doors: all, restriction: none, pin: "274936" }`,
    }),
    path: "keys[1].pin",
    says: /the same code as keys\[0\]\.pin/,
  },
  {
    name: "a fault that check finds too",
    text: siteFile({ keys: `{ ${KEY}, colour: red }` }),
    path: "keys[0].colour",
    says: /unknown/,
  },
];
for (const { name, first = siteFile(), text, path, line, says } of faulty) {
  test(`a file is refused, whole and with its place: ${name}`, (t) => {
    const around = startStandIn();
    apply(around, first);
    const before = around.authority.exportSite({ withCodes: false });
    const refused = apply(around, text, true);
    t.equal(refused.kind, "faulty");
    if (refused.kind === "faulty") {
      t.match(refused.problems, [{ severity: "error", path, message: says }]);
      t.equal(refused.problems[0]!.line, line ?? refused.problems[0]!.line);
      t.notMatch(JSON.stringify(refused), PIN);
    }
    t.same(around.authority.exportSite({ withCodes: false }), before);
    t.end();
  });
}

test("a key that is gone may come back with the number it had, not with a lower one", (t) => {
  const around = startStandIn();
  const other = '{ id: k9, user: u1, doors: [front], restriction: none, pin: "538217" }';
  apply(around, siteFile({ keys: `{ ${KEY}, issue: 4 }` }));
  apply(around, siteFile({ keys: other }));
  t.match(apply(around, siteFile({ keys: `${other}\n  - { ${KEY}, issue: 3 }` })), { kind: "faulty" });
  t.match(apply(around, siteFile({ keys: `${other}\n  - { ${KEY}, issue: 4 }` })), { kind: "applied" });
  t.end();
});

test("kept leaves a code as it is; a code that is taken away is stored no more", (t) => {
  const around = startStandIn();
  apply(around, siteFile());
  const edge = adopted(around);
  const codes = keysetAt(around, edge)!.codes;
  const kept = around.authority.exportSite({ withCodes: false })!.text;
  t.notMatch(kept, new RegExp(`${PIN}|${MASTER}`));
  t.match(kept, /pin: kept[\s\S]*issue: 1|issue: 1[\s\S]*pin: kept/);
  t.match(apply(around, kept), { kind: "applied", changes: [] });
  t.match(apply(around, kept.replace("Front door", "Main door")), { kind: "applied", keysets: [{ number: 2 }] });
  t.same(keysetAt(around, edge)!.codes, codes);
  const without = kept.replace(/\n.*masterCode: kept.*/, "");
  t.match(apply(around, without), { kind: "applied" });
  t.match(apply(around, kept, true), { kind: "faulty", problems: [{ path: "doors[0].masterCode" }] });
  t.end();
});

test("codes are shown on demand only, and each showing is an audit entry", (t) => {
  const around = startStandIn();
  t.equal(around.authority.exportSite({ withCodes: true }), null);
  apply(around, siteFile());
  const shown = around.authority.exportSite({ withCodes: true })!.text;
  t.match(shown, PIN);
  t.match(shown, MASTER);
  t.match(apply(around, shown), { kind: "applied", changes: [] });
  t.match(around.authority.audit(), [{ what: "site-applied" }, { what: "codes-revealed", detail: { codes: 2 } }]);
  t.end();
});

test("after a restart everything stands: the site, its codes, the edge, the number; and is published again", (t) => {
  const around = startStandIn();
  apply(around, siteFile());
  const edge = adopted(around);
  const before = new Map(around.broker.retained);
  around.restart();
  t.same([...around.broker.attended], ["hq"]);
  const again = around.broker.retained;
  t.same([...again.keys()].sort(), [...before.keys()].sort());
  // The manifest is the same signed bytes, not a second one of the same number.
  t.same(again.get(edge.topics.keysetManifest), before.get(edge.topics.keysetManifest));
  t.equal(keysetAt(around, edge)!.number, 1);
  t.match(apply(around, siteFile({ keys: `{ ${KEY}, enabled: false }` })), { keysets: [{ number: 2 }] });
  t.end();
});

test("a token: printed once, used once, 48 hours; the same request again gets its answer again", (t) => {
  const around = startStandIn();
  apply(around, siteFile());
  const token = tokenFor(around, "e1");
  const edge = new StandInEdge("hq", "e1", 11);
  t.ok(edge.adopt(around, token), "the first time");
  t.ok(edge.adopt(around, token), "the answer was lost");
  t.equal(keysetAt(around, edge)!.number, 1, "no second keyset for the same adoption");
  const thief = new StandInEdge("hq", "e1", 66);
  t.notOk(thief.adopt(around, token), "somebody else with the same token");
  t.match(around.authority.alarms(), [{ kind: "token-misused", subject: "e1", count: 1 }]);
  t.match(edge.ask(around, "time", ["time", { nonce: new Uint8Array(16) }], ["time", "time-answer"]), [
    { now: around.now },
  ]);
  t.notOk(edge.adopt(around, token), "the edge was heard of under its own name: the token is gone");
  t.equal(around.authority.edges()[0]!.adopted, true);
  t.end();
});

const useless: readonly { name: string; token: (around: StandIn) => SecretText; edge?: string; at?: number }[] = [
  { name: "at its end exactly", token: (around) => tokenFor(around, "e1"), at: WIRE.tokenLife },
  {
    name: "ended by a newer one",
    token: (around) => {
      const first = tokenFor(around, "e1");
      tokenFor(around, "e1");
      return first;
    },
  },
  { name: "of another edge", token: (around) => tokenFor(around, "e2"), edge: "e1" },
];
for (const { name, token, edge = "e1", at = 0 } of useless) {
  test(`a token ${name} adopts nobody`, (t) => {
    const around = startStandIn();
    apply(around, siteFile({ edges: "[ { id: e1 }, { id: e2 } ]" }));
    const held = token(around);
    around.now = instant(around.now + at);
    t.notOk(new StandInEdge("hq", edge, 11).adopt(around, held));
    t.same(around.store.edges(), []);
    t.end();
  });
}

test("one moment before its end a token adopts", (t) => {
  const around = startStandIn();
  apply(around, siteFile());
  const token = tokenFor(around, "e1");
  around.now = instant(around.now + WIRE.tokenLife - 1);
  t.ok(new StandInEdge("hq", "e1", 11).adopt(around, token));
  t.end();
});

test("an edge whose key of agreement is weak is not adopted, and the token is not used up", (t) => {
  const around = startStandIn();
  apply(around, siteFile());
  const token = tokenFor(around, "e1");
  const edge = new StandInEdge("hq", "e1", 11);
  const read = decodeToken(token);
  const head = { epoch: edge.epoch, seq: 0, t: instant(0), exp: null, id: new Uint8Array(16) };
  const weak = { signing: edge.signing, agreement: new Uint8Array(32) };
  if (read.ok) around.authority.receive(edge.topics.up("adopt"), signAdoptRequest(read.value, head, weak));
  t.match(around.authority.audit().at(-1), { what: "message-refused", detail: { why: "weak-key" } });
  t.same(around.store.edges(), []);
  t.ok(edge.adopt(around, token));
  t.end();
});

test("an edge adopted anew has other keys, another keyset, and the old one's word counts for nothing", (t) => {
  const around = startStandIn();
  apply(around, siteFile());
  const old = adopted(around);
  const codes = keysetAt(around, old)!.codes;
  const fresh = adopted(around, "e1", 12);
  t.equal(keysetAt(around, fresh)!.number, 2);
  t.notSame(fresh.adoptedBy!.agreement, old.adoptedBy!.agreement, "the authority's half is another too");
  t.notSame(keysetAt(around, fresh)!.codes, codes);
  t.ok(around.broker.disconnected.includes("e1"));
  t.same(old.ask(around, "evt", ["evt", old.batch(1)], ["ack", "ack"]), []);
  t.same(fresh.ask(around, "evt", ["evt", fresh.batch(1)], ["ack", "ack"]), [{ epoch: fresh.epoch, seq: 1 }]);
  t.match(around.authority.audit().at(-1), { what: "message-refused", detail: { edge: "e1", why: "bad-signature" } });
  t.end();
});

test("no token for an edge that the site does not have, or before there is a site", (t) => {
  const around = startStandIn();
  t.same(around.authority.issueToken("e1"), { ok: false, error: { kind: "no-site" } });
  apply(around, siteFile());
  t.same(around.authority.issueToken("e2"), { ok: false, error: { kind: "unknown-edge", known: ["e1"] } });
  t.end();
});

test("the broker lets in adopted edges and holders of a token, each as itself", (t) => {
  const around = startStandIn();
  apply(around, siteFile({ edges: "[ { id: e1 }, { id: e2 } ]" }));
  const e1 = adopted(around, "e1", 11);
  const e2 = adopted(around, "e2", 12);
  const token = tokenFor(around, "e1");
  const read = decodeToken(token);
  const text = (secret: SecretText) => secret.use((plain) => plain);
  const own = text(mqttPassword(e1.shared, "hq", "e1"));
  const adopting = read.ok ? text(adoptionPassword(read.value)) : "";
  const tries: readonly (readonly [string, string, unknown])[] = [
    ["e1", own, { kind: "edge", site: "hq", edge: "e1" }],
    ["e2", text(mqttPassword(e2.shared, "hq", "e2")), { kind: "edge", site: "hq", edge: "e2" }],
    ["e2", own, null],
    ["e1", `${own} `, null],
    ["e1", "", null],
    ["e1", adopting, null],
    [adoptionUser("e1"), adopting, { kind: "adopting", site: "hq", edge: "e1" }],
    [adoptionUser("e2"), adopting, null],
    [adoptionUser("e1"), own, null],
    ["", "", null],
    ["lintel", "lintel", null],
  ];
  for (const [user, password, who] of tries) t.same(around.authority.authenticate(user, password), who, `as ${user}`);
  around.now = instant(around.now + WIRE.tokenLife);
  t.equal(around.authority.authenticate(adoptionUser("e1"), adopting), null, "the token has ended");
  t.end();
});

test("signed time: the nonce of the question, the authority's now, nobody else's question", (t) => {
  const around = startStandIn();
  apply(around, siteFile());
  const edge = adopted(around);
  const nonce = new Uint8Array(16).fill(5);
  t.same(edge.ask(around, "time", ["time", { nonce }], ["time", "time-answer"]), [{ nonce, now: around.now }]);
  const stranger = new StandInEdge("hq", "e1", 77);
  const from = around.broker.sent.length;
  around.authority.receive(edge.topics.up("time"), stranger.sign("time", { nonce }));
  around.authority.receive(edge.topics.up("time"), edge.sign("ack", { epoch: edge.epoch, seq: 1 }));
  around.authority.receive("lintel/v1/hq/edge/e7/up/time", edge.sign("time", { nonce }));
  around.authority.receive("lintel/v1/lab/edge/e1/up/time", edge.sign("time", { nonce }));
  around.authority.receive(edge.topics.up("time"), Uint8Array.of(1, 2, 3));
  t.equal(around.broker.sent.length, from, "no answer to any of these");
  t.end();
});

test("what the edge says of its keyset is kept; what was never issued is an alarm; a lost chunk is sent again", (t) => {
  const around = startStandIn();
  apply(around, siteFile());
  const edge = adopted(around);
  const { digest } = edge.open("keyset", around.broker.retained.get(edge.topics.keysetManifest)!).body;
  const report = (number: number, of: string, state: "applied" | { refused: string }) =>
    around.authority.receive(edge.topics.up("keyset"), edge.sign("keyset-report", { number, digest: of, state }));
  report(1, digest, "applied");
  t.match(around.authority.edges(), [
    { edge: "e1", issued: 1, report: { number: 1, state: "applied", at: around.now } },
  ]);
  t.same(around.authority.alarms(), []);
  const from = around.broker.sent.length;
  report(1, digest, { refused: "missing-chunk" });
  const sent = around.broker.sent.slice(from).map(({ topic }) => topic);
  t.equal(sent.at(-1), edge.topics.keysetManifest);
  t.equal(sent.length, 2);
  report(1, digest, { refused: "missing-chunk" });
  t.equal(around.broker.sent.length, from + 2, "not over and over");
  report(1, "ff".repeat(32), "applied");
  report(9, digest, "applied");
  t.same(
    around.authority.alarms().map(({ kind, count }) => [kind, count]),
    [
      ["keyset-foreign", 1],
      ["keyset-foreign", 1],
    ],
  );
  t.end();
});

/** An edge whose keyset is not in the authority's database: that one is an old backup, put back. */
function restored(number = 7) {
  const around = startStandIn();
  apply(around, siteFile());
  const edge = adopted(around);
  const say = (of: number, digest: string, state: "applied" | { refused: string } = "applied") =>
    around.authority.receive(edge.topics.up("keyset"), edge.sign("keyset-report", { number: of, digest, state }));
  const claim = (of = number) => say(of, "ab".repeat(32));
  const take = () => {
    const { body } = edge.open("keyset", around.broker.retained.get(edge.topics.keysetManifest)!);
    say(body.number, body.digest);
  };
  return { around, edge, say, claim, take, issued: () => keysetAt(around, edge)?.number };
}

test("an authority put back from a backup issues above what its edges hold, and only what somebody applies", (t) => {
  const { around, claim, take, issued } = restored();
  claim();
  t.equal(issued(), 1, "the rights of the backup may be older than those in force at the door");
  t.match(
    apply(around, siteFile()),
    { kind: "applied", keysets: [{ edge: "e1", number: 8 }] },
    "also where the file says the same",
  );
  take();
  t.match(apply(around, siteFile()), { kind: "applied", keysets: [] }, "once");
  t.match(apply(around, siteFile({ front: ", heldOpenAfter: 20s" })), { keysets: [{ number: 9 }] });
  t.end();
});

test("what was applied before the edge was heard of is issued to it anew, once", (t) => {
  const { around, edge, claim, issued } = restored();
  apply(
    around,
    siteFile({ keys: '{ id: k1, user: u1, doors: [front], restriction: none, pin: "274936", enabled: false }' }),
  );
  t.equal(issued(), 2);
  claim();
  t.equal(issued(), 8);
  t.equal(keysetAt(around, edge)?.keys.length === 1 && keysetAt(around, edge)?.keys[0]?.enabled, false);
  claim(12);
  t.equal(issued(), 8, "two authorities do not outbid each other");
  t.end();
});

test("a number that no honest edge can hold moves nothing; what an edge refuses says nothing of what it holds", (t) => {
  const { around, say, claim, issued } = restored(2_000_000);
  claim();
  say(50, "ab".repeat(32), { refused: "wrong-digest" });
  apply(around, siteFile({ front: ", heldOpenAfter: 20s" }));
  t.equal(issued(), 2);
  t.end();
});

test("the status is a view: the will of an old connection says nothing of a newer one", (t) => {
  const around = startStandIn();
  apply(around, siteFile());
  const edge = adopted(around);
  const say = (s: string, sess: number, epoch = edge.epoch) =>
    around.authority.receive(edge.topics.up("status"), new TextEncoder().encode(JSON.stringify({ s, epoch, sess })));
  const online = () => around.authority.edges()[0]!.online;
  t.equal(online(), null);
  say("online", 2);
  t.equal(online(), true);
  say("offline", 1);
  t.equal(online(), true);
  say("offline", 2);
  t.equal(online(), false);
  say("nonsense", 3);
  t.equal(online(), false);
  t.end();
});

test("a store that fails in an apply leaves all as it was, also in memory", (t) => {
  const around = startStandIn();
  apply(around, siteFile());
  const edge = adopted(around);
  const broken = new Proxy(around.store, {
    get(store, name: keyof AuthorityStore) {
      if (name !== "transaction") return typeof store[name] === "function" ? store[name].bind(store) : store[name];
      return (work: () => void) =>
        store.transaction(() => {
          work();
          throw new Error("disk full");
        });
    },
  });
  const other = startStandIn(broken);
  t.throws(() => other.authority.apply(siteFile({ keys: `{ ${KEY}, enabled: false }` }), { widen: true }), /disk full/);
  t.same(other.authority.diff(siteFile()), { ok: true, value: [] });
  t.equal(around.store.keyset("e1")!.number, 1);
  t.equal(keysetAt(around, edge)!.number, 1);
  t.end();
});
