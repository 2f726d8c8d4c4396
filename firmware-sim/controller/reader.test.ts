import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import type { CommandNamed } from "@lintel/protocol/osdp/commands.ts";
import type { Reply } from "@lintel/protocol/osdp/replies.ts";
import { test } from "tap";
import { ControllerRig, RigCp } from "./controller.rig.ts";
import { BLANK_DISPLAY, shownText, showText } from "./display.ts";
import { type FileReception, takeFragment } from "./files.ts";
import { LIMITS } from "./limits.ts";
import type { ControllerOptions } from "./state.ts";

const WHOLE: Partial<ControllerOptions> = { reader: { cards: true, display: true } };
const CARD = Uint8Array.of(0x3f, 0x8a, 0x2c, 0x40);

function inSession(options: Partial<ControllerOptions> = WHOLE): { rig: ControllerRig; cp: RigCp } {
  const rig = new ControllerRig(options);
  const cp = new RigCp(rig).open();
  cp.fetchRings();
  rig.forget();
  return { rig, cp };
}

function cards(replies: readonly Reply[]): readonly Reply[] {
  return replies.filter(({ name }) => name === "RAW");
}

// Cards.

test("a card is told as it came, once, and what is shown of it is how many bits it has", (t) => {
  const { rig, cp } = inSession();
  rig.input({ kind: "card", bits: 26, card: CARD });
  t.same(cards(cp.fetch()), [{ name: "RAW", reader: 0, format: 0, bits: 26, card: CARD }]);
  t.same(cards(cp.fetch()), []);
  t.same(
    rig.seen.map(({ seen }) => seen),
    [{ kind: "card", bits: 26 }],
  );
  t.same(rig.state.outputs.each, new ControllerRig().state.outputs.each, "and no output moved");
  t.end();
});

for (const [name, wait, told] of [
  ["4,999 ms old is still told", 4_999, 1],
  ["5,000 ms old is not: nobody stands there any more", 5_000, 0],
] as const) {
  test(`a card that is ${name} (design 3)`, (t) => {
    const { rig, cp } = inSession();
    rig.input({ kind: "card", bits: 26, card: CARD });
    rig.wait(wait);
    t.equal(cards(cp.fetch()).length, told);
    t.end();
  });
}

test("a card shown to an unkeyed Controller, or before its session, is told to nobody", (t) => {
  const rig = new ControllerRig({ ...WHOLE, flash: { ...new ControllerRig().options.flash, scbk: null } });
  const cp = new RigCp(rig);
  t.equal(cp.brief({ name: "ID", kind: 0 }), "PDID");
  rig.input({ kind: "card", bits: 26, card: CARD });
  t.same(cards(cp.fetch()), []);
  t.end();
});

// The display.

const text = (more: Partial<CommandNamed<"TEXT">>): CommandNamed<"TEXT"> => ({
  name: "TEXT",
  reader: 0,
  control: "permanent",
  time: millis(0),
  row: 1,
  column: 1,
  text: "HELLO",
  ...more,
});

const writings = [
  { name: "from the first column", command: text({}), shows: "HELLO" },
  {
    name: "from a later column: what stood before it stays",
    over: "DOOR 1",
    command: text({ column: 6 }),
    shows: "DOOR HELLO",
  },
  { name: "over a longer text: what stood behind it goes", over: "GOOD MORNING", command: text({}), shows: "HELLO" },
  { name: "in the last column", command: text({ column: 16, text: "X" }), shows: `${" ".repeat(15)}X` },
  { name: "one column beyond", command: text({ column: 17 }), shows: null },
  { name: "in a second row", command: text({ row: 2 }), shows: null },
  { name: "16 characters", command: text({ text: "0123456789ABCDEF" }), shows: "0123456789ABCDEF" },
  { name: "17: the last is cut off", command: text({ text: "0123456789ABCDEFG" }), shows: "0123456789ABCDEF" },
  { name: "nothing: dark", over: "HELLO", command: text({ text: "" }), shows: "" },
] as const;

for (const { name, command, shows, ...more } of writings) {
  test(`a text ${name}`, (t) => {
    const before = "over" in more ? { ...BLANK_DISPLAY, permanent: more.over } : BLANK_DISPLAY;
    const after = showText(before, command, monotonic(0));
    t.equal(after === null ? null : shownText(after, monotonic(0)), shows);
    t.end();
  });
}

test("a temporary text gives way by itself to the permanent one", (t) => {
  const { rig, cp } = inSession();
  t.equal(cp.brief(text({ text: "CLOSED" })), "ACK");
  t.equal(cp.brief(text({ control: "temporary", time: millis(2_000), text: "WELCOME" })), "ACK");
  rig.wait(1_999);
  t.same(
    rig.sightings("text").map(({ text: shown }) => shown),
    ["CLOSED", "WELCOME"],
  );
  rig.wait(1);
  t.equal(rig.sightings("text").at(-1)!.text, "CLOSED");
  t.same(
    rig.drives.flatMap(({ drive }) => (drive.kind === "text" ? [drive.text] : [])),
    ["CLOSED", "WELCOME", "CLOSED"],
  );
  t.end();
});

test("a reader that it does not have, and a display that is not fitted: NAK 9 and NAK 3", (t) => {
  t.equal(inSession().cp.brief(text({ reader: 1 })), "NAK 9");
  t.equal(inSession({}).cp.brief(text({})), "NAK 3");
  t.end();
});

test("PDCAP claims cards and a display where they are fitted, and only there", (t) => {
  const functions = (options: Partial<ControllerOptions>) => {
    const reply = inSession(options).cp.ask({ name: "CAP", kind: 0 });
    return typeof reply === "object" && reply?.name === "PDCAP" ? reply.capabilities.map((each) => each.function) : [];
  };
  t.same(functions({}), [1, 2, 4, 5, 8, 9, 10, 11, 13, 16]);
  t.same(functions(WHOLE), [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 13, 16]);
  t.end();
});

test("RSTAT: one reader, tampered while the housing is open", (t) => {
  const { rig, cp } = inSession();
  t.same(cp.ask({ name: "RSTAT" }), { name: "RSTATR", readers: ["normal"] });
  rig.tamper(true);
  rig.wait(LIMITS.debounce);
  t.same(cp.ask({ name: "RSTAT" }), { name: "RSTATR", readers: ["tampered"] });
  t.end();
});

// COMSET.

test("COMSET is stored before its reply, which goes out the old way; from there on only the new address answers", (t) => {
  const { rig, cp } = inSession();
  t.same(cp.ask({ name: "COMSET", address: 9, baud: 115200 }), { name: "COM", address: 9, baud: 115200 });
  t.ok(rig.order.indexOf("flash") < rig.order.indexOf("send"), rig.order.join(" "));
  t.same(rig.stored.at(-1)!.line, { address: 9, baud: 115200 });
  t.same(
    rig.sightings("line").map(({ address, baud }) => ({ address, baud })),
    [{ address: 9, baud: 115200 }],
  );
  t.equal(cp.brief({ name: "POLL" }), "silence");
  t.throws(() => new RigCp(rig).open(), /silence/, "the old address is nobody's");
  const moved = { ...rig, options: { ...rig.options, address: 9 }, send: (bytes: Uint8Array) => rig.send(bytes) };
  t.equal(new RigCp(moved as unknown as ControllerRig).open().brief({ name: "LSTAT" }), "LSTATR");
  rig.boot();
  t.equal(rig.state.pd.settings.address, 9, "after a power cut too");
  t.end();
});

for (const [name, address, baud] of [
  ["the configuration address", 0x7f, 9600],
  ["a speed that no line has", 9, 9601],
] as const) {
  test(`COMSET to ${name} is NAK 9, and nothing is stored (facts osdp 10.28)`, (t) => {
    const { rig, cp } = inSession();
    const data = Uint8Array.of(address, baud & 0xff, baud >> 8, 0, 0);
    t.equal(cp.briefRaw(0x6e, data), "NAK 9");
    t.equal(rig.state.flash.line, null);
    t.end();
  });
}

test("a keyed Controller takes no COMSET in clear, not even by the configuration address", (t) => {
  for (const address of [5, 0x7f]) {
    const rig = new ControllerRig();
    const moved = { ...rig, options: { ...rig.options, address }, send: (bytes: Uint8Array) => rig.send(bytes) };
    t.equal(new RigCp(moved as unknown as ControllerRig).brief({ name: "COMSET", address: 9, baud: 9600 }), "NAK 6");
    t.equal(rig.state.pd.settings.address, 5);
  }
  t.end();
});

// Files.

const fragment = (more: Partial<CommandNamed<"FILETRANSFER">>): CommandNamed<"FILETRANSFER"> => ({
  name: "FILETRANSFER",
  type: 1,
  total: 10,
  offset: 0,
  fragment: new Uint8Array(5),
  ...more,
});
const half: FileReception = { total: 10, received: 5 };

const fragments = [
  { name: "the first half", file: null, command: fragment({}), status: 0, steps: "begun bytes" },
  { name: "the second half", file: half, command: fragment({ offset: 5 }), status: 1, steps: "bytes whole" },
  {
    name: "all at once",
    file: null,
    command: fragment({ fragment: new Uint8Array(10) }),
    status: 1,
    steps: "begun bytes whole",
  },
  {
    name: "one byte past the total",
    file: half,
    command: fragment({ offset: 5, fragment: new Uint8Array(6) }),
    status: -3,
    steps: "abandoned",
  },
  {
    name: "a gap",
    file: half,
    command: fragment({ offset: 6, fragment: new Uint8Array(1) }),
    status: -3,
    steps: "abandoned",
  },
  { name: "a byte twice", file: half, command: fragment({ offset: 4 }), status: -3, steps: "abandoned" },
  { name: "another total", file: half, command: fragment({ total: 11, offset: 5 }), status: -3, steps: "abandoned" },
  { name: "the middle of none", file: null, command: fragment({ offset: 5 }), status: -3, steps: "" },
  { name: "a new one over it", file: half, command: fragment({}), status: 0, steps: "abandoned begun bytes" },
  {
    name: "no bytes",
    file: half,
    command: fragment({ offset: 5, fragment: new Uint8Array(0) }),
    status: -3,
    steps: "abandoned",
  },
  { name: "a type nobody knows", file: null, command: fragment({ type: 2 }), status: -2, steps: "" },
  { name: "the longest", file: null, command: fragment({ total: LIMITS.fileBytes }), status: 0, steps: "begun bytes" },
  { name: "one byte longer", file: null, command: fragment({ total: LIMITS.fileBytes + 1 }), status: -3, steps: "" },
  {
    name: "an empty file",
    file: null,
    command: fragment({ total: 0, fragment: new Uint8Array(0) }),
    status: -3,
    steps: "",
  },
] as const;

for (const { name, file, command, status, steps } of fragments) {
  test(`a fragment, ${name}: ${status} (facts osdp 7)`, (t) => {
    const stepped = takeFragment(file, command);
    t.equal(stepped.reply.status, status);
    t.equal(stepped.steps.map(({ kind }) => kind).join(" "), steps);
    t.equal(stepped.file === null, status !== 0);
    t.end();
  });
}

const ends = [
  { name: "ABORT", end: (_: ControllerRig, cp: RigCp) => cp.brief({ name: "ABORT" }) },
  { name: "a lost session", end: (_: ControllerRig, cp: RigCp) => cp.open() },
  { name: "8 s of silence", end: (rig: ControllerRig) => rig.wait(8_000) },
];
for (const { name, end } of ends) {
  test(`${name} in the middle of a file: what came of it is nothing`, (t) => {
    const { rig, cp } = inSession();
    t.equal(cp.brief(fragment({})), "FTSTAT");
    end(rig, cp);
    t.equal(rig.state.file, null);
    t.same(
      rig.sightings("update").map(({ state, bytes }) => [state, bytes]),
      [
        ["receiving", 0],
        ["abandoned", 5],
      ],
    );
    t.end();
  });
}

test("a file is told by its beginning and its end, and its fragments come out in order", (t) => {
  const { rig, cp } = inSession();
  t.equal(cp.brief(fragment({})), "FTSTAT");
  t.same(cp.fetch(), [], "polls may come between");
  t.equal(cp.brief(fragment({ offset: 5 })), "FTSTAT");
  t.same(
    rig.sightings("update").map(({ state, bytes, total }) => [state, bytes, total]),
    [
      ["receiving", 0, 10],
      ["received", 10, 10],
    ],
  );
  t.end();
});
