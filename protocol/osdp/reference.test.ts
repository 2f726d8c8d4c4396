/** docs/osdp-messages.md says what the tables say, and no message of a person's secret is readable in words. */
import { readFileSync } from "node:fs";
import { test } from "tap";
import { Secret } from "../base/secret.ts";
import { COMMANDS, commandText } from "./commands.ts";
import { explainMessage } from "./explain.ts";
import { messageReference } from "./reference.ts";
import { decodeReply, REPLIES, replyText } from "./replies.ts";
import { bytes } from "./vectors.rig.ts";

test("the reference page is current: make docs writes it", (t) => {
  const page = readFileSync(new URL("../../docs/osdp-messages.md", import.meta.url), "utf8");
  t.equal(page, messageReference());
  for (const { name } of [...COMMANDS, ...REPLIES]) t.ok(page.includes(`### ${name} `), `${name} has its section`);
  t.end();
});

const lines: readonly {
  readonly reply: boolean;
  readonly code: number;
  readonly data: string;
  readonly text: string;
}[] = [
  { reply: false, code: 0x60, data: "", text: "POLL" },
  { reply: false, code: 0x61, data: "00", text: "ID" },
  { reply: false, code: 0x68, data: "00053200", text: "OUT output 0 on for 5 s" },
  { reply: false, code: 0x68, data: "0001000001060500", text: "OUT output 0 off; output 1 off for 500 ms" },
  { reply: false, code: 0x69, data: "0000000000000000000100010202", text: "LED led 0 green" },
  {
    reply: false,
    code: 0x69,
    data: "0101020203010032000000000000",
    text: "LED reader 1 led 1 red 200 ms and black 300 ms for 5 s",
  },
  { reply: false, code: 0x6a, data: "0002020103", text: "BUZ on 200 ms, off 100 ms, 3 times" },
  { reply: false, code: 0x6b, data: "0003050101024869", text: 'TEXT "Hi" at row 1, column 1 for 5 s' },
  { reply: false, code: 0x6e, data: "0500960000", text: "COMSET address 5, baud 38400" },
  { reply: false, code: 0x7c, data: "01b80b0000640000000200aabb", text: "FILETRANSFER type 1, 2 bytes at 100 of 3000" },
  {
    reply: false,
    code: 0x80,
    data: "024c54010000013200ffff",
    text: "MFG configure strike output 0 fail secure, REX input 1 for 5 s",
  },
  { reply: false, code: 0x80, data: "0102030405", text: "MFG vendor 010203, 2 bytes" },
  { reply: false, code: 0x73, data: "0001", text: "BIOREAD is none that Lintel knows, 2 bytes of data" },
  {
    reply: false,
    code: 0x6e,
    data: "7f80250000",
    text: "COMSET with 5 bytes of data: a value that the standard does not have",
  },
  { reply: false, code: 0x01, data: "", text: "01 is none that Lintel knows, 0 bytes of data" },
  { reply: true, code: 0x41, data: "06", text: "NAK 6: Secure Channel required" },
  { reply: true, code: 0x41, data: "63", text: "NAK 99: a reason nobody knows" },
  { reply: true, code: 0x46, data: "080100090101", text: "PDCAP check 1/0, security 1/1" },
  { reply: true, code: 0x48, data: "0100", text: "LSTATR tamper on, power good" },
  { reply: true, code: 0x4b, data: "0001", text: "RSTATR 0 normal, 1 not connected" },
  {
    reply: true,
    code: 0x7a,
    data: "010a00fdff4000",
    text: "FTSTAT malformed, after 10 ms, at most 64 bytes a fragment",
  },
  {
    reply: true,
    code: 0x90,
    data: "024c548103000000010100000005000000030300000000",
    text: "MFGREP ring boot 3: 1 contact on",
  },
  { reply: true, code: 0x53, data: "000531", text: "KEYPAD with 3 bytes of data: too short or too long" },
];

for (const { text, ...open } of lines) {
  test(`in words: ${text}`, (t) => {
    t.equal(explainMessage({ ...open, data: bytes(open.data) }).text, text);
    t.end();
  });
}

test("a digit, a key and a card are dots in every line", (t) => {
  const scbk = new Secret(Uint8Array.from({ length: 16 }, () => 0xc7));
  t.equal(commandText({ name: "KEYSET", type: 1, scbk }), "KEYSET type 1, scbk ••••");
  const secrets = [
    [0x53, "0005313233340d", "KEYPAD reader 0, keys ••••#"],
    [0x50, "00011a00c7c7c7c0", "RAW reader 0, a card of 26 bits ••••"],
    [0x51, "000104c7c7c7c7", "FMT reader 0, direction 1, text ••••"],
  ] as const;
  for (const [code, data, text] of secrets) {
    const decoded = decodeReply(code, bytes(data));
    t.equal(decoded.ok ? replyText(decoded.value) : decoded.error.kind, text);
  }
  t.end();
});
