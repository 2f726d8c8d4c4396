/**
 * What may touch what: the table of rooms. A room imports `protocol/base`, itself and its own sub-rooms, and what its
 * row names; an import against the table fails with both names. Tests are not bound by it, they may put rooms together.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "tap";

interface Room {
  /** Rooms it may import, with all their sub-rooms unless a longer row forbids it. */
  readonly rooms: readonly string[];
  /** Packages from outside; `*` = any, and Node's own modules. */
  readonly packages: readonly string[];
}

const PURE = ["@noble/ciphers", "@noble/curves", "@noble/hashes", "cborg", "temporal-polyfill", "otplib"];
const EDGE_ROOMS = ["edge/journal", "edge/keyset", "edge/uplink", "edge/bus", "edge/phone"];
/** The rooms of the edge that stand side by side: the box alone knows them all. */
const SIDE_BY_SIDE: Room = { rooms: ["protocol", "edge/access", "edge/calendar", "edge/door"], packages: [] };

const ROOMS: Readonly<Record<string, Room>> = {
  "protocol/base": { rooms: [], packages: PURE },
  "protocol/osdp": { rooms: [], packages: PURE },
  "protocol/ble": { rooms: [], packages: PURE },
  "protocol/mqtt": { rooms: [], packages: PURE },
  "protocol/keyset": { rooms: [], packages: PURE },
  "protocol/firmware": { rooms: [], packages: PURE },
  "edge/calendar": { rooms: ["protocol/keyset"], packages: PURE },
  "edge/access": { rooms: ["edge/calendar", "protocol/keyset"], packages: [] },
  "edge/door": { rooms: ["edge/access", "edge/calendar"], packages: [] },
  "edge/site": { rooms: ["edge/calendar", "protocol/keyset"], packages: ["yaml"] },
  "edge/journal": SIDE_BY_SIDE,
  "edge/keyset": SIDE_BY_SIDE,
  "edge/uplink": SIDE_BY_SIDE,
  "edge/bus": SIDE_BY_SIDE,
  "edge/phone": SIDE_BY_SIDE,
  "edge/box": {
    rooms: ["protocol", "edge/access", "edge/calendar", "edge/door", "edge/site", ...EDGE_ROOMS],
    packages: PURE,
  },
  "edge/shell": { rooms: ["edge/box", "hardware/serial", "protocol"], packages: ["*"] },
  "edge/authority": { rooms: ["protocol", "edge/access", "edge/calendar", "edge/site"], packages: PURE },
  "edge/authority/shell": { rooms: ["edge/authority", "protocol"], packages: ["*"] },
  "edge/console": { rooms: ["edge/authority", "protocol"], packages: ["*"] },
  "firmware-sim/controller": { rooms: ["protocol"], packages: [] },
  "firmware-sim/board": { rooms: ["firmware-sim/controller"], packages: [] },
  "firmware-sim/phone": { rooms: ["protocol/ble"], packages: [] },
  "firmware-sim/rehearsal": {
    // Of access and calendar only what a run is judged by: what the edge decides, it decides in edge/box.
    rooms: ["edge/box", "edge/authority", "edge/site", "edge/access", "edge/calendar", "protocol", "firmware-sim"],
    packages: [],
  },
  "firmware-sim/bench": { rooms: ["firmware-sim"], packages: ["*"] },
  "hardware/serial": { rooms: ["protocol"], packages: ["*"] },
  "hardware/boards": { rooms: ["protocol", "firmware-sim/controller"], packages: ["*"] },
  scripts: { rooms: ["protocol", "edge", "firmware-sim", "hardware", "scripts"], packages: ["*"] },
  test: { rooms: ["protocol", "edge", "firmware-sim", "hardware", "scripts"], packages: ["*"] },
};

/** Sub-rooms that their parent does not open: a shell is for its own process alone. */
const CLOSED = ["edge/authority/shell", "edge/shell"];

interface Import {
  readonly file: string;
  readonly from: string;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));

function roomOf(path: string): string | null {
  const rooms = Object.keys(ROOMS).filter((room) => path === room || path.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? null;
}

/** Null where the import is allowed, else what is wrong with it. */
function objection({ file, from }: Import): string | null {
  const room = roomOf(file);
  if (room === null) return `${file} stands in no room of the table`;
  const rules = ROOMS[room]!;
  const target = from.startsWith(".")
    ? normalize(join(dirname(file), from))
    : from.startsWith("@lintel/")
      ? from.slice("@lintel/".length)
      : null;
  if (target === null) {
    const allowed =
      rules.packages.includes("*") || rules.packages.some((name) => from === name || from.startsWith(`${name}/`));
    return allowed ? null : `${room} may not import the package ${from} (${file})`;
  }
  const other = roomOf(target);
  if (other === null) return `${file} imports ${target}, which stands in no room of the table`;
  if (other === room || other === "protocol/base") return null;
  if (other.startsWith(`${room}/`) && !CLOSED.includes(other)) return null;
  const row = [...rules.rooms].filter((allowed) => other === allowed || other.startsWith(`${allowed}/`));
  const open = row.some((allowed) => !CLOSED.includes(other) || allowed === other || allowed === "edge");
  return open ? null : `${room} may not import ${other} (${file} → ${from})`;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.name === "node_modules" || entry.name === "vectors") return [];
    if (entry.isDirectory()) return sources(path);
    // A rig is what the tests beside it share.
    return /(?<!\.test|\.rig)\.(ts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const found = text.matchAll(
    /^\s*(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/gm,
  );
  return [...found].map((match) => ({ file, from: (match[1] ?? match[2])! }));
}

test("every import of the project obeys the table of rooms", (t) => {
  const files = ["protocol", "edge", "firmware-sim", "hardware", "scripts", "test"].flatMap(sources);
  const imports = files.flatMap(importsOf);
  t.ok(files.length > 50 && imports.length > 100, `${files.length} files, ${imports.length} imports were read`);
  t.same(
    imports.map(objection).filter((wrong) => wrong !== null),
    [],
  );
  t.end();
});

test("what leads to the decision never reaches Node", (t) => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { from } of importsOf(file)) {
      if (from.startsWith(".")) visit(normalize(join(dirname(file), from)));
      else if (from.startsWith("@lintel/")) visit(from.slice("@lintel/".length));
      else t.notMatch(from, /^node:|^(fs|net|path|crypto|os)$/, `${file} → ${from}`);
    }
  };
  for (const room of ["edge/access", "edge/calendar", "edge/door"]) for (const file of sources(room)) visit(file);
  t.ok(reached.size > 10, `${reached.size} files were reached`);
  t.end();
});

test("no barrel files: the file that defines a thing is the one imported", (t) => {
  const barrels = ["protocol", "edge", "firmware-sim", "hardware"]
    .flatMap(sources)
    .filter((file) => /(^|\/)index\.ts$/.test(file) || /^export \*/m.test(readFileSync(join(ROOT, file), "utf8")));
  t.same(barrels, []);
  t.end();
});

const judged: readonly { name: string; import: Import; allowed: boolean }[] = [
  { name: "itself", import: { file: "edge/door/step.ts", from: "./state.ts" }, allowed: true },
  { name: "the base", import: { file: "edge/door/step.ts", from: "@lintel/protocol/base/units.ts" }, allowed: true },
  { name: "a room of its row", import: { file: "edge/door/step.ts", from: "../access/decide.ts" }, allowed: true },
  { name: "a room not of its row", import: { file: "edge/door/step.ts", from: "../bus/bus.ts" }, allowed: false },
  { name: "Node", import: { file: "edge/box/box.ts", from: "node:fs" }, allowed: false },
  { name: "a side-by-side room", import: { file: "edge/journal/plan.ts", from: "../bus/bus.ts" }, allowed: false },
  {
    name: "its own shell",
    import: { file: "edge/authority/issue.ts", from: "./shell/http.ts" },
    allowed: false,
  },
  {
    name: "another's shell",
    import: { file: "firmware-sim/rehearsal/run.ts", from: "@lintel/edge/authority/shell/http.ts" },
    allowed: false,
  },
  {
    name: "the edge",
    import: { file: "firmware-sim/controller/pd.ts", from: "@lintel/edge/door/step.ts" },
    allowed: false,
  },
  { name: "a shell from a rule", import: { file: "edge/box/box.ts", from: "../shell/store.ts" }, allowed: false },
  {
    name: "everything, from scripts",
    import: { file: "scripts/commands/up.ts", from: "@lintel/edge/shell/process.ts" },
    allowed: true,
  },
];

for (const { name, import: one, allowed } of judged) {
  test(`the table itself: ${one.file} may ${allowed ? "" : "not "}import ${name}`, (t) => {
    t.equal(objection(one) === null, allowed, objection(one) ?? "allowed");
    t.end();
  });
}

test("this test reads imports as they are written", (t) => {
  const own = importsOf(relative(ROOT, fileURLToPath(import.meta.url)));
  t.same(
    own.map(({ from }) => from),
    ["node:fs", "node:path", "node:url", "tap"],
  );
  t.end();
});
