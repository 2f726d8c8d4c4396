/** Adoption, and keysets: taken, refused, kept over restarts, served with no authority at all. */
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { encodeKeyset } from "@lintel/protocol/keyset/codec.ts";
import { splitKeyset } from "@lintel/protocol/keyset/transport.ts";
import { encodeToken } from "@lintel/protocol/mqtt/adoption.ts";
import { signingPublicKey } from "@lintel/protocol/mqtt/envelope.ts";
import { edgeTopics } from "@lintel/protocol/mqtt/topics.ts";
import { test } from "tap";
import { EDGE, SITE } from "./small-authority.ts";
import { World } from "./world.ts";

const topics = edgeTopics(SITE, EDGE);
const stranger = new Secret(new Uint8Array(32).fill(66));
const opens = (world: World): boolean => {
  const before = world.releases(0).length;
  world.type(0, "274936#");
  return world.releases(0).length > before;
};

test("adopted: keys exchanged, the record written, and connected under its own name", (t) => {
  const world = new World();
  t.equal(world.adopt(), "adopted");
  t.match(world.authority.edge, { signing: signingPublicKey(world.keys.signing) });
  t.match(world.box.status(), { adopted: true, site: SITE, edge: EDGE, connected: true });
  t.same(world.records("adopted").length, 1);
  t.equal(world.authority.births.length, 1);
  t.end();
});

const adoptions: readonly { name: string; act: (world: World) => SecretText; answer: string }[] = [
  { name: "nonsense", act: () => new SecretText("nonsense"), answer: "malformed" },
  {
    name: "a token cut short",
    act: (world) => world.authority.tokenText().use((text) => new SecretText(text.slice(0, -4))),
    answer: "malformed",
  },
  {
    name: "a token with another secret",
    act: (world) => encodeToken({ ...world.authority.token, secret: stranger }),
    answer: "refused",
  },
  {
    name: "a token that pins another root key",
    act: (world) => encodeToken({ ...world.authority.token, rootHash: new Uint8Array(32) }),
    answer: "refused",
  },
  {
    name: "a token while nobody is there",
    act: (world) => {
      world.authority.turnOff();
      return world.authority.tokenText();
    },
    answer: "unreachable",
  },
];
for (const { name, act, answer } of adoptions) {
  test(`adoption with ${name}: ${answer}, and nothing is kept`, (t) => {
    const world = new World();
    const answers: string[] = [];
    world.box.adopt(act(world), ({ kind }) => answers.push(kind));
    world.pass(15_000);
    t.same(answers, [answer]);
    t.equal(world.store.load().adoption, null);
    world.authority.turnOn();
    t.equal(world.adopt(), "adopted", "and the right one works afterwards");
    t.end();
  });
}

test("an adopted edge is adopted again by its own authority alone, and serves on", (t) => {
  const world = World.ready();
  t.equal(world.adopt(), "adopted");
  t.ok(opens(world));
  const answers: object[] = [];
  const other = encodeToken({ ...world.authority.token, rootHash: new Uint8Array(32) });
  world.box.adopt(other, (answer) => answers.push(answer));
  world.box.adopt(encodeToken({ ...world.authority.token, edge: "e2" }), (answer) => answers.push(answer));
  world.pass(2000);
  t.match(answers, [{ kind: "refused" }, { kind: "refused" }]);
  t.match(world.box.status(), { connected: true });
  t.end();
});

test("a keyset that was issued is in force, reported, and recorded", (t) => {
  const world = World.ready();
  const { number, digest } = world.box.status().keyset!;
  t.match(world.authority.reports.at(-1), { number, digest, state: "applied" });
  t.match(world.records("keyset-applied"), [{ detail: { number: 1 } }]);
  t.end();
});

const offered: readonly { name: string; kind: string | null; offer: (world: World) => void }[] = [
  { name: "an older one", kind: "older", offer: (world) => world.authority.issue(world.keyset({ number: 1 })) },
  {
    name: "the same number with other content",
    kind: "same-number",
    offer: (world) => world.authority.issue(world.keyset({ number: 5, siteName: "Another" })),
  },
  {
    name: "one signed by the online key",
    kind: null,
    offer: (world) => world.authority.issue(world.keyset({ number: 6 }), { by: world.authority.keys.online }),
  },
  {
    name: "one signed by a stranger",
    kind: null,
    offer: (world) => world.authority.issue(world.keyset({ number: 6 }), { by: stranger }),
  },
  {
    name: "another edge's, well signed",
    kind: "wrong-edge",
    offer: (world) => world.authority.issue(world.keyset({ number: 6, edge: "e2" })),
  },
  {
    name: "another site's, well signed",
    kind: "wrong-site",
    offer: (world) => world.authority.issue(world.keyset({ number: 6, site: "lab" })),
  },
  {
    name: "a number two million ahead",
    kind: "too-far",
    offer: (world) => world.authority.issue(world.keyset({ number: 2_000_006 })),
  },
];
for (const { name, kind, offer } of offered) {
  test(`offered ${name}: the held keyset stays in force${kind === null ? "" : `, refused as ${kind}`}`, (t) => {
    const world = World.ready();
    world.authority.issue(world.keyset({ number: 5 }));
    world.pass(500);
    t.match(world.box.status().keyset, { number: 5 });
    offer(world);
    world.pass(1000);
    t.match(world.box.status().keyset, { number: 5 });
    t.match(world.store.load().keyset, { number: 5 });
    if (kind === null) t.match(world.records("message-refused").at(-1), { detail: { why: "bad-signature" } });
    else {
      t.match(world.records("keyset-refused"), [{ detail: { why: kind } }]);
      t.match(world.authority.reports.at(-1), { state: { refused: kind } });
      const behind = kind === "older" || kind === "same-number";
      if (behind) t.match(world.authority.reports.at(-2), { number: 5, state: "applied" }, "it says what is held");
    }
    t.ok(opens(world));
    world.killEdge();
    world.startEdge();
    world.pass(15_000);
    t.ok(opens(world), "also after a restart");
    t.match(world.box.status().keyset, { number: 5 });
    t.end();
  });
}

test("a piece that does not come is asked for, and the keyset is taken when it has come", (t) => {
  const world = World.ready();
  const next = world.keyset({ number: 2 });
  world.authority.issue(next, { omit: true });
  world.pass(9000);
  t.match(world.box.status().keyset, { number: 1 });
  world.pass(2000);
  t.match(world.authority.reports.at(-1), { number: 2, state: { refused: "missing-chunk" } });
  const { chunks } = splitKeyset(encodeKeyset(next), { edge: EDGE, number: 2 });
  world.authority.sendRaw(topics.keysetChunk(chunks[0]!.hash), Uint8Array.of(1, 2, 3));
  world.pass(100);
  t.match(world.records("message-refused").at(-1), { detail: { what: "keyset", why: "wrong-hash" } });
  for (const { hash, bytes } of chunks) world.authority.sendRaw(topics.keysetChunk(hash), bytes);
  world.pass(100);
  t.match(world.box.status().keyset, { number: 2 });
  t.match(world.authority.reports.at(-1), { number: 2, state: "applied" });
  t.end();
});

test("a disk that takes no keyset: the old one serves, the new one is taken when it can be", (t) => {
  const world = World.ready();
  world.store.fault = "throws";
  world.authority.issue(world.keyset({ number: 2 }));
  world.pass(3000);
  t.match(world.box.status().keyset, { number: 1 });
  world.store.fault = "none";
  world.pass(12_000);
  t.match(world.box.status().keyset, { number: 2 });
  t.match(world.store.load().keyset, { number: 2 });
  t.end();
});

test("a keyset on the disk that was changed serves nothing, and nothing lower comes in its place", (t) => {
  const world = World.ready();
  world.authority.issue(world.keyset({ number: 4 }));
  world.pass(500);
  world.killEdge();
  const stored = world.store.load().keyset!;
  const changed = stored.bytes.slice();
  changed[changed.length - 3]! ^= 1;
  world.store.commit([{ kind: "keyset", keyset: { ...stored, bytes: changed } }]);
  world.authority.turnOff();
  world.startEdge();
  world.pass(15_000);
  t.notOk(opens(world));
  t.match(world.records("keyset-refused"), [{ detail: { why: "wrong-digest" } }]);
  world.authority.turnOn();
  world.pass(30_000);
  t.ok(opens(world), "the authority's copy is taken instead");
  t.match(world.box.status().keyset, { number: 4 });
  t.end();
});

test('a bus whose port is "sim" is not opened where nothing brings one, and that is said once', (t) => {
  const world = World.ready();
  const notes = () => world.told.flatMap(({ event }) => (event.event === "note" ? [event.text] : []));
  for (const number of [2, 3]) {
    const { buses } = world.keyset();
    world.authority.issue(world.keyset({ number, buses: [...buses, { id: "b2", port: "sim", baud: 9600 }] }));
    world.pass(500);
  }
  t.match(world.box.status().keyset, { number: 3 });
  t.match(notes(), [/^bus b2 has the port "sim"/]);
  t.equal(notes().length, 1);
  t.ok(opens(world), "the other bus goes on");
  t.end();
});

test("with no authority at all a restarted edge serves its codes, for months (goal 4)", (t) => {
  const world = World.ready();
  world.authority.turnOff();
  world.killEdge();
  world.authority.turnOff();
  world.startEdge();
  world.pass(10_000);
  t.ok(opens(world), "within 10 s");
  t.end();
});
