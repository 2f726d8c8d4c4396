/** libosdp as the device, our side of the bus as its panel: what the edge makes of anybody's reader. */
import { randomBytes } from "node:crypto";
import { setTimeout as pass } from "node:timers/promises";
import { fromHex, toHex } from "@lintel/protocol/base/bytes.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import type { Command } from "@lintel/protocol/osdp/commands.ts";
import { RAW } from "@lintel/protocol/osdp/replies.ts";
import { until } from "../support/until.rig.ts";
import type { Wanted } from "./libosdp-panel.ts";
import { OurPanel } from "./our-panel.ts";
import { Peer } from "./peer.ts";
import type { Rows } from "./rows.ts";

const PEER = "libosdp as reader";
const ADDRESS = 7;
/** Polls come every 50 ms from this speed on. */
const BAUD = 38_400;
/** Longer than the 8 s after which either side gives the other up, in ms. */
const LONG_SILENCE = 9_000;
/** A second of a panel with another key. */
const TRIES = 3_000;

export async function libosdpReader(rows: Rows, { python, polls }: Wanted): Promise<void> {
  const reader = new Peer(python, "libosdp_pd.py", [String(ADDRESS), String(BAUD), "install"]);
  const path = String((await reader.sees("its port", ({ event }) => event === "port")).path);
  const open = (scbk: Secret | null) => OurPanel.open({ path, address: ADDRESS, baud: BAUD, scbk });
  const [first, second] = [randomKey(), randomKey()];
  try {
    const finder = await open(null);
    await rows.need(PEER, "pairing: found, SCBK-D in the window, KEYSET, then SCBK", async () => {
      await finder.sees("alarm", ({ what }) => what === "unpaired");
      finder.pair(first, "install-window");
      await finder.sees("paired");
      await finder.sees("online");
      const keyset = await reader.sees("KEYSET", ({ event, name }) => event === "command" && name === "keyset");
      if (keyset.data !== first.use(toHex)) throw new Error("it was given another key");
      return "unpaired it was only asked who it is; its key is the one that we made";
    });
    await finder.end();
    const panel = await open(first);
    await daily(rows, panel, reader);
    await rows.check(PEER, `${polls} polls without an error`, async () => {
      return `${await panel.polled(polls, polls * 200)} sealed polls answered, none repeated, none refused`;
    });
    await rows.check(PEER, "power cut at the reader", async () => {
      const from = panel.events.length;
      reader.order("power-cut");
      await panel.sees("online", undefined, from);
      return "a new session by itself, without an offline between";
    });
    await rows.check(PEER, "device lost and back", async () => {
      const from = panel.events.length;
      reader.halt(true);
      await pass(LONG_SILENCE).finally(() => reader.halt(false));
      const lost = await panel.sees("offline", undefined, from);
      await panel.sees("online", undefined, panel.events.indexOf(lost));
      return `silent for ${LONG_SILENCE / 1000} s: offline; then a new session by itself`;
    });
    await rows.check(PEER, "KEYSET: another key in a session", async () => {
      panel.pair(second, "rotate");
      await panel.sees("paired", ({ scbk }) => scbk.use(toHex) === second.use(toHex));
      await reader.sees("KEYSET", ({ name, data }) => name === "keyset" && data === second.use(toHex));
      return "a session under it";
    });
    await panel.end();
    await keysThatMustFail(rows, open, { old: first, right: second });
  } finally {
    await reader.end();
  }
}

async function daily(rows: Rows, panel: OurPanel, reader: Peer): Promise<void> {
  await rows.need(PEER, "a session under the stored SCBK", async () => {
    const { lintel, identity } = await panel.sees("online");
    if (lintel || identity.serial !== 777 || identity.model !== 9) throw new Error(JSON.stringify(identity));
    return `vendor ${toHex(identity.vendor).toUpperCase()}, model 9, serial 777, said once more inside the session`;
  });
  await rows.check(PEER, "ISTAT, which it cannot answer: its NAK is heard, and the session stands", async () => {
    await panel.sees("alarm", ({ what }) => what === "inputs-refused");
    const online = panel.events.filter(({ kind }) => kind === "online").length;
    await pass(2_000);
    if (panel.events.filter(({ kind }) => kind === "online").length !== online)
      throw new Error(
        `the session ended: ${JSON.stringify(panel.tally.faults)} ${JSON.stringify(panel.events.slice(-12))}`,
      );
    return "reason 9, in clear under a right MAC";
  });
  await rows.check(PEER, "LSTAT", async () => {
    const { on } = await panel.sees("tamper");
    return `answered sealed: tamper ${on ? "on" : "off"}`;
  });
  await rows.check(PEER, "key presses", async () => {
    const from = panel.events.length;
    reader.order("keys", { reader_no: 0, data: "313233" });
    reader.order("keys", { reader_no: 0, data: "7f0d" });
    const typed = () =>
      panel.events
        .slice(from)
        .map((event) => (event.kind === "keys" ? event.keys.use((keys) => keys) : ""))
        .join("");
    await until("five keys", () => typed().length >= 5);
    if (typed() !== "123*#") throw new Error(`heard ${typed()}`);
    return "123*# in order";
  });
  await rows.check(PEER, "card read: 26 bits", async () => {
    const seen = panel.tally.frames.length;
    const faults = panel.tally.faults.length;
    reader.order("card", { reader_no: 0, format: 1, direction: 0, length: 26, data: "a1b2c340" });
    const isRaw = () => panel.tally.frames.slice(seen).some(({ reply, code }) => reply && code === RAW.code);
    await until("RAW on the line", isRaw);
    await panel.polled(5, 10_000);
    if (panel.tally.faults.length !== faults) throw new Error(panel.tally.faults.at(-1));
    return "taken, sealed; the link goes on";
  });
  await rows.check(PEER, "ISTATR and LSTATR by POLL", async () => {
    const from = panel.events.length;
    reader.order("status", { type: 0, report: "000100" });
    reader.order("status", { type: 2, report: "0100" });
    const { active } = await panel.sees("inputs", undefined, from);
    if (active.join() !== "false,true,false") throw new Error(active.join());
    await panel.sees("tamper", ({ on }) => on, from);
    return "input 1 active of three, tamper on";
  });
  for (const { command, told } of COMMANDS) {
    await rows.check(PEER, command.name, async () => {
      const from = reader.told.length;
      const answer = await panel.gives(command);
      if (answer !== "ack") throw new Error(JSON.stringify(answer));
      const name = command.name.toLowerCase();
      const seen = await reader.sees(command.name, (each) => each.event === "command" && each.name === name, from);
      for (const [field, value] of Object.entries(told)) {
        if (seen[field] !== value) throw new Error(`${field}: ${seen[field]}, sent ${value}`);
      }
      return Object.entries(told)
        .map(([field, value]) => `${field} ${value}`)
        .join(", ");
    });
  }
  await rows.check(PEER, "FILETRANSFER, panel to reader", () => sendFile(panel, reader));
}

/** What we say, and what libosdp tells of it. */
const COMMANDS: readonly { command: Command; told: Readonly<Record<string, unknown>> }[] = [
  {
    command: { name: "OUT", outputs: [{ output: 1, action: "onFor", time: millis(5_000) }] },
    told: { output_no: 1, control_code: 5, timer_count: 50 },
  },
  {
    command: {
      name: "LED",
      leds: [
        {
          reader: 0,
          led: 0,
          temporary: {
            control: "nothing",
            on: millis(0),
            off: millis(0),
            onColour: "black",
            offColour: "black",
            time: millis(0),
          },
          permanent: { control: "set", on: millis(300), off: millis(700), onColour: "green", offColour: "red" },
        },
      ],
    },
    told: { on_color: 2, off_color: 1, on_count: 3, off_count: 7, temporary: false },
  },
  {
    command: { name: "BUZ", reader: 0, tone: "default", on: millis(200), off: millis(100), count: 3 },
    told: { control_code: 2, on_count: 2, off_count: 1, rep_count: 3 },
  },
  {
    command: {
      name: "TEXT",
      reader: 0,
      control: "temporary",
      time: millis(5_000),
      row: 1,
      column: 2,
      text: "PLEASE WAIT",
    },
    told: { control_code: 3, temp_time: 5, offset_row: 1, offset_col: 2, data: "PLEASE WAIT" },
  },
];

async function sendFile(panel: OurPanel, reader: Peer): Promise<string> {
  const file = new Uint8Array(randomBytes(1_000));
  // The device takes 256 bytes: 11 of them are the fragment's own, and a sealed frame needs up to 30.
  const step = 200;
  for (let offset = 0; offset < file.length; offset += step) {
    const fragment = file.subarray(offset, offset + step);
    const answer = await panel.gives({ name: "FILETRANSFER", type: 1, total: file.length, offset, fragment });
    if (answer !== "ack") throw new Error(`at ${offset}: ${JSON.stringify(answer)}`);
  }
  const { data } = await reader.sees("the file", ({ event }) => event === "file");
  const got = fromHex(String(data));
  if (!got.ok || toHex(got.value) !== toHex(file)) throw new Error("another file arrived");
  return `${file.length} bytes in ${Math.ceil(file.length / step)} fragments, the same at the other end`;
}

async function keysThatMustFail(
  rows: Rows,
  open: (scbk: Secret | null) => Promise<OurPanel>,
  keys: { readonly old: Secret; readonly right: Secret },
): Promise<void> {
  for (const { name, scbk } of [
    { name: "a wrong key is refused", scbk: randomKey() },
    { name: "the key before the last KEYSET is refused", scbk: keys.old },
  ]) {
    await rows.check(PEER, name, async () => {
      const wrong = await open(scbk);
      await pass(TRIES);
      await wrong.end();
      if (wrong.events.some(({ kind }) => kind === "online")) throw new Error("a session stood");
      if (!wrong.events.some((event) => event.kind === "alarm" && event.what === "wrong-key"))
        throw new Error(`no alarm; ${JSON.stringify(wrong.events)}`);
      return "no session, nothing in clear, alarm wrong-key";
    });
  }
  await rows.check(PEER, "the right key is taken, on the same line afterwards", async () => {
    const right = await open(keys.right);
    await right.sees("online").finally(() => right.end());
    return "a session: the refusals were the key's";
  });
}

function randomKey(): Secret {
  return new Secret(new Uint8Array(randomBytes(16)));
}
