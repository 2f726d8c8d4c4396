/** libosdp's reader at the true edge: `lintel up`, `lintel door pair`, a code typed at the reader, and its strike. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LintelProcess, runLintel } from "../support/lintel-process.rig.ts";
import type { Wanted } from "./libosdp-panel.ts";
import { Peer, type Told } from "./peer.ts";
import type { Rows } from "./rows.ts";

const PEER = "libosdp at lintel up";
const ADDRESS = 4;
const BAUD = 38_400;
const PIN = "274936";
const NOBODYS = "111111";

function site(path: string): string {
  return `site: { id: interop, name: Interop, timezone: Europe/Berlin, country: DE }
edges: [ { id: e1 } ]
buses: [ { id: b1, edge: e1, port: ${path}, baud: ${BAUD} } ]
doors: [ { id: front, name: Front, controller: { bus: b1, address: ${ADDRESS} }, strike: { output: 0, release: 5s } } ]
users: [ { id: desk, name: Front Desk } ]
keys: [ { id: desk, user: desk, doors: [front], restriction: none, pin: "${PIN}" } ]
`;
}

export async function trueEdge(rows: Rows, { python }: Wanted): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lintel-interop-"));
  const reader = new Peer(python, "libosdp_pd.py", [String(ADDRESS), String(BAUD), "install"]);
  const path = String((await reader.sees("its port", ({ event }) => event === "port")).path);
  writeFileSync(join(folder, "site.yaml"), site(path));
  const data = join(folder, "data");
  const up = new LintelProcess([
    ...["up", join(folder, "site.yaml"), "--data", data],
    ...["--http", "0", "--mqtt-port", "0", "--json"],
  ]);
  const commands = (name: string, from: number) => (told: Told) =>
    told.event === "command" && told.name === name && reader.told.indexOf(told) >= from;
  const type = (digits: string) => {
    for (const digit of digits) {
      reader.order("keys", { reader_no: 0, data: Buffer.from(digit === "#" ? "\r" : digit).toString("hex") });
    }
  };
  try {
    await up.ready();
    await rows.need(PEER, "lintel door pair", async () => {
      const { code, err } = await runLintel(["door", "pair", "front", "--window", "20s", "--data", data]);
      if (code !== 0) throw new Error(err);
      await reader.sees("a session", ({ event, secure }) => event === "link" && secure === true);
      return "paired with a fresh key";
    });
    await rows.check(PEER, "a code typed at the reader opens", async () => {
      const from = reader.told.length;
      type(`${PIN}#`);
      const out = await reader.sees("OUT", commands("out", from), from);
      const at = { output_no: out.output_no, control_code: out.control_code, timer_count: out.timer_count };
      if (JSON.stringify(at) !== JSON.stringify({ output_no: 0, control_code: 5, timer_count: 50 }))
        throw new Error(JSON.stringify(at));
      await reader.sees("LED", commands("led", from), from);
      return "OUT 0 on for 5 s, then LED";
    });
    await rows.check(PEER, "a code that nobody has does not", async () => {
      const from = reader.told.length;
      type(`${NOBODYS}#`);
      await reader.sees("LED or BUZ", (told) => commands("led", from)(told) || commands("buz", from)(told), from);
      if (reader.told.slice(from).some(({ name }) => name === "out")) throw new Error("OUT was sent");
      return "light and sound, and no OUT";
    });
  } finally {
    await up.kill();
    await reader.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
