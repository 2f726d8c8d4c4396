import { test } from "tap";
import { readInstant } from "./rfc3339.ts";

const texts: readonly { text: string; at: string | null }[] = [
  { text: "2026-11-27T18:00:00Z", at: "2026-11-27T18:00:00.000Z" },
  { text: "2026-11-27t18:00:00z", at: "2026-11-27T18:00:00.000Z" },
  { text: "2026-11-27T18:00:00+01:00", at: "2026-11-27T17:00:00.000Z" },
  { text: "2026-11-27T18:00:00.250-05:30", at: "2026-11-27T23:30:00.250Z" },
  { text: "2028-02-29T00:00:00Z", at: "2028-02-29T00:00:00.000Z" },
  { text: "2026-02-29T00:00:00Z", at: null },
  { text: "2026-11-31T00:00:00Z", at: null },
  { text: "2026-00-10T00:00:00Z", at: null },
  { text: "2026-13-10T00:00:00Z", at: null },
  { text: "2026-11-27T24:00:00Z", at: null },
  { text: "2026-11-27T18:60:00Z", at: null },
  { text: "2026-11-27T18:00:60Z", at: null },
  { text: "2026-11-27T18:00:00+24:00", at: null },
  { text: "2026-11-27T18:00:00+01:60", at: null },
  { text: "2026-11-27T18:00:00", at: null },
  { text: "2026-11-27T18:00Z", at: null },
  { text: "2026-11-27 18:00:00Z", at: null },
  { text: "2026-11-27", at: null },
  { text: "tomorrow", at: null },
  { text: "", at: null },
];
for (const { text, at } of texts) {
  test(`'${text}' is ${at ?? "no instant"} (RFC 3339, with an offset)`, (t) => {
    const read = readInstant(text);
    t.equal(read === null ? null : new Date(read).toISOString(), at);
    t.end();
  });
}
