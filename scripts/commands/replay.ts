/**
 * `lintel replay`: what a recorded edge did, done again in virtual time by the true edge, with the first place at which
 * it comes out otherwise. A command of its own and no option of `rehearse`: it needs no site, no script and no seed, and
 * it answers a question, yes or no.
 */
import { statSync } from "node:fs";
import type { EdgeEvent } from "@lintel/edge/box/events.ts";
import type { Output } from "@lintel/edge/box/recording.ts";
import { type Life, readRecording } from "@lintel/edge/box/recording-read.ts";
import { type Difference, type ReplayedTurn, replayLife } from "@lintel/edge/box/recording-replay.ts";
import { type Command, EXIT, type ExitCode, type Io, readOptions, wrongUse } from "../command.ts";
import { sentenceOf } from "../edge-sentences.ts";
import { readText } from "../site-file.ts";

/** Sixteen recordings of full length: what is longer was made by nothing of ours. */
const BYTES_MAX = 1024 * 1024 * 1024;

const HELP = `lintel replay FILE [--json]

Does again, in virtual time and with nothing attached, what an edge did that was started with --record: the true edge is
given what reached it then, at the same moments, and what it does now is laid beside what it did. Prints what it tells,
each with the time that it believed, and at the end whether all came out the same; if not, where it first did not.
A recording that was cut off is replayed to there. What is in one: docs/recording.md.

  --json   JSON Lines: one for each thing that it did, {"line","t","at",…}: "told" as lintel edge tells it, "line" and
           "command" as ordered of a Controller, "broker", "answered"; last {"replay":"same"|"differs",…}

Exit: 0 the same, 1 it came out otherwise, 2 no recording (its line is named).
`;

export const command: Command = {
  words: "replay",
  summary: "what a recorded edge did, once more and compared",
  help: HELP,
  async run(args, io) {
    const { values, positionals } = readOptions(args, { json: { type: "boolean" } }, { positionals: 1 });
    const [path] = positionals;
    if (path === undefined) throw wrongUse("which recording? lintel replay FILE");
    const lives = readLives(path);
    const seen = new Seen(values.json === true, io);
    for (const life of lives) {
      seen.begin(life);
      for (const turn of replayLife(life)) seen.turn(turn);
    }
    return seen.end(lives, path);
  },
};

function readLives(path: string): readonly Life[] {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > BYTES_MAX) throw wrongUse(`${path}: larger than any recording: ${size} bytes`);
  const text = readText(path);
  if (!text.ok) throw wrongUse(`${path}: ${text.error}`);
  const lives = readRecording(text.value);
  if (!lives.ok) throw wrongUse(`${path}:${lives.error.line}: ${plain(lives.error.message)}`);
  return lives.value;
}

class Seen {
  readonly #json: boolean;
  readonly #io: Io;
  #turns = 0;
  #outputs = 0;
  #first: { readonly turn: ReplayedTurn; readonly difference: Difference } | null = null;

  constructor(json: boolean, io: Io) {
    this.#json = json;
    this.#io = io;
  }

  begin({ head, line }: Life): void {
    const zones = process.versions.tz ?? null;
    if (head.tzdata !== zones) {
      this.#io.err(
        `lintel replay: it was recorded with zone rules ${plain(String(head.tzdata))}, here are ${zones}: hours may differ\n`,
      );
    }
    if (!this.#json) this.#io.out(`edge started: ${plain(head.software)} (line ${line})\n`);
  }

  turn(turn: ReplayedTurn): void {
    this.#turns += 1;
    this.#outputs += turn.out.length;
    if (turn.difference !== null) this.#first ??= { turn, difference: turn.difference };
    for (const output of turn.out) this.#print(turn, output);
  }

  end(lives: readonly Life[], path: string): ExitCode {
    const counts = { lives: lives.length, turns: this.#turns, outputs: this.#outputs, end: lives.at(-1)!.end };
    const first = this.#first;
    if (this.#json) {
      const where = first === null ? {} : { line: first.turn.line, t: first.turn.turn.t, ...first.difference };
      this.#line({ replay: first === null ? "same" : "differs", ...counts, ...where });
    } else if (first === null) {
      const cut = counts.end === "cut" ? "; the recording was cut off there" : "";
      this.#io.out(`the same as recorded: ${counts.outputs} outputs in ${counts.turns} turns${cut}\n`);
    } else {
      this.#io.out(
        `${path}:${first.turn.line}: comes out otherwise\n  recorded: ${said(first.difference.recorded)}\n  replayed: ${said(first.difference.replayed)}\n`,
      );
    }
    return first === null ? EXIT.done : EXIT.no;
  }

  #print({ line, turn: { t }, at }: ReplayedTurn, output: Output): void {
    const instant = timeOf(at);
    if (this.#json) this.#line({ line, t, at: instant, ...output });
    else if (output.told !== undefined) {
      this.#io.out(`${instant}  ${plain(sentenceOf(output.told as EdgeEvent))}\n`);
    } else if (output.threw !== undefined) {
      this.#io.out(`${instant}  the edge ended here: ${plain(String(output.threw))}\n`);
    }
  }

  #line(line: object): void {
    this.#io.out(`${JSON.stringify(line)}\n`);
  }
}

/** What no clock can show is no time. */
function timeOf(at: number): string | null {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function said(output: Output | null): string {
  return output === null ? "nothing" : JSON.stringify(output);
}

/** A file from elsewhere writes nothing to a terminal but text. */
function plain(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}
