/**
 * The reference page of the messages (docs/osdp-messages.md), made of their tables and of nothing else: what a field is
 * called, how it stands on the wire, and who takes the message when. `make docs` writes it.
 */
import { COMMANDS, type InClear, OTHER_COMMANDS } from "./commands.ts";
import type { Fields, Form } from "./fields.ts";
import type { MessageTable } from "./message.ts";
import { OTHER_REPLIES, REPLIES } from "./replies.ts";

const HEAD = `# OSDP messages

Written by \`make docs\` from the tables in \`protocol/osdp/commands.ts\` and \`replies.ts\`, from which encoder, decoder and the lines of \`lintel trace\` come too.
A data field stands in the order of the wire, right behind CODE; numbers are little-endian. A message that is shorter, longer or holds
another value than stands here is refused: a Lintel Controller answers NAK 2 (length) or NAK 9 (value), the edge takes it as no reply.

*In clear* says whether a Lintel Controller does it outside of a Secure Channel: **keyed** also when it has a key, **unkeyed** only before it was
given one, **never** (NAK 6). \`lintel sim --clear\` does everything in clear but KEYSET.
`;

export function messageReference(): string {
  return [
    HEAD,
    "## Commands, from the CP\n",
    ...COMMANDS.map((table) => section(table, [answersLine(table.answers), clearLine(table.inClear)])),
    `Commands of the standard that Lintel does not have, and its Controllers answer by NAK 3: ${others(OTHER_COMMANDS)}.\n`,
    "## Replies, from the PD\n",
    ...REPLIES.map((table) => section(table, [])),
    `Replies of the standard that the edge does not ask for: ${others(OTHER_REPLIES)}. It counts them, and the link stays up.\n`,
  ].join("\n");
}

function section({ name, code, about, body }: MessageTable<string, Fields>, lines: readonly string[]): string {
  const rows = rowsOf(body.form);
  const data = rows.length === 0 ? "No data.\n" : `| data | on the wire |\n| --- | --- |\n${rows.join("\n")}\n`;
  return [`### ${name} \`${hex(code)}\`\n`, `${about}\n`, ...lines.map((line) => `${line}\n`), data].join("\n");
}

function answersLine(answers: readonly string[]): string {
  return `Answered by ${answers.join(", ")}; or NAK, BUSY.`;
}

function clearLine(inClear: InClear): string {
  return `In clear: **${inClear}**.`;
}

/** `name`: of the field that has this form; empty for a whole message. `inside`: dots for each list around it. */
function rowsOf(form: Form, name = "", inside = ""): string[] {
  switch (form.kind) {
    case "value":
      return [`| ${inside}${name} | ${form.words} |`];
    case "record":
      return form.parts.flatMap((part) => rowsOf(part.form, name === "" ? part.name : `${name}: ${part.name}`, inside));
    case "list": {
      const times = `${name}, ${form.min} to ${form.max} times`;
      if (form.item.kind === "value") return rowsOf(form.item, times, inside);
      return [`| ${inside}${times}: | |`, ...rowsOf(form.item, "", `${inside}· `)];
    }
  }
}

function others(names: Readonly<Record<number, string>>): string {
  return Object.entries(names)
    .map(([code, name]) => `${name} \`${hex(Number(code))}\``)
    .join(", ");
}

function hex(code: number): string {
  return code.toString(16).padStart(2, "0").toUpperCase();
}
