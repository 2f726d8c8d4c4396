import { decodeFrame, encodeFrame, type Frame } from "@lintel/protocol/osdp/frame.ts";
import { test } from "tap";
import { LineTally } from "./line-tally.ts";

function frame(code: number, sequence: number, reply = false, data: readonly number[] = []): Frame {
  const parts = { address: 5, reply, sequence, check: "crc", scb: null, code, data: Uint8Array.from(data) } as const;
  const decoded = decodeFrame(encodeFrame(parts).subarray(1));
  if (!decoded.ok) throw new Error(decoded.error.kind);
  return decoded.value;
}
const poll = (sequence: number) => frame(0x60, sequence);
const ack = (sequence: number) => frame(0x40, sequence, true);

const lines = [
  { name: "polls that are answered", frames: [poll(1), ack(1), poll(2), ack(2)], polls: 2, faults: [] },
  { name: "a poll said again", frames: [poll(1), poll(1), ack(1)], polls: 1, faults: ["command 60 was sent again"] },
  {
    name: "a poll that nobody answers",
    frames: [poll(1), poll(2), ack(2)],
    polls: 1,
    faults: ["command 60 was not answered"],
  },
  { name: "a refusal", frames: [poll(1), frame(0x41, 1, true, [6])], polls: 0, faults: ["NAK to command 60"] },
  { name: "another number", frames: [poll(1), ack(2)], polls: 0, faults: ["reply 40 under number 2 to 1"] },
  { name: "an answer said twice", frames: [poll(1), ack(1), ack(1)], polls: 1, faults: ["reply 40 to nothing"] },
  { name: "BUSY", frames: [poll(1), frame(0x79, 0, true)], polls: 0, faults: ["BUSY"] },
] as const;

for (const { name, frames, polls, faults } of lines) {
  test(`a line with ${name}`, (t) => {
    const tally = new LineTally();
    for (const each of frames) tally.take(each);
    t.same({ polls: tally.polls, faults: tally.faults, sealed: tally.sealedPolls }, { polls, faults, sealed: 0 });
    t.end();
  });
}
