/** `lintel log`: the records that the authority collected, in the order of collection. */

import type { RecordView } from "@lintel/edge/authority/authority.ts";
import { type Command, CommandFailed, EXIT, type ExitCode, type Io, readOptions } from "../command.ts";
import { type AuthorityReach, dataFolder, reachAuthority, unexpected } from "../reach-authority.ts";

const HELP = `lintel log [--data DIR] [--edge EDGE] [--door DOOR] [--duress] [--follow] [--json]

Prints the collected records: when, where, what, and of a refusal every reason. Codes are never in them.

  --data DIR   data folder of the authority (LINTEL_DATA; ./lintel-data)
  --edge EDGE  only of this edge
  --door DOOR  only of this door
  --duress     says which grants were under duress; that somebody looked is an audit entry. Without it nothing does
  --follow     goes on with what is collected from now on, until it is ended
  --json       one JSON object a line: {"place","edge","record"}; with --duress also "duress": true, false, null for
               what is no grant, "unreadable" for what was sealed under keys that are gone

Exit: 0 printed, 3 the authority is not running, or ended meanwhile.
`;

export const command: Command = { words: "log", summary: "the collected records", help: HELP, run: runLog };

async function runLog(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readOptions(args, {
    data: { type: "string" },
    edge: { type: "string" },
    door: { type: "string" },
    duress: { type: "boolean" },
    follow: { type: "boolean" },
    json: { type: "boolean" },
  });
  const { recordSentence } = await import("../authority-sentences.ts");
  const authority = reachAuthority(dataFolder(values.data, io.env));
  const print = (row: RecordView) => {
    const { edge, record } = row;
    if ((values.edge ?? edge) !== edge || (values.door ?? record.door) !== record.door) return;
    const sentence = () => `${recordSentence(edge, record)}${duressMark(row)}`;
    io.out(`${values.json ? JSON.stringify(row) : sentence()}\n`);
  };
  const page = values.duress ? "/records?duress=true&after=" : "/records?after=";
  const ended = new AbortController();
  const end = () => ended.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    if (values.follow) await follow({ authority, page, print }, ended.signal);
    else await printFrom({ authority, page, print }, 0);
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
  }
  return EXIT.done;
}

interface Printing {
  readonly authority: AuthorityReach;
  /** Address of a page, but for its place. */
  readonly page: string;
  readonly print: (row: RecordView) => void;
}

function duressMark({ duress }: RecordView): string {
  if (duress === true) return "  UNDER DURESS";
  return duress === "unreadable" ? "  duress=unreadable" : "";
}

/** Prints everything after a place, page by page; answers the last place. */
async function printFrom({ authority, page, print }: Printing, after: number): Promise<number> {
  let place = after;
  for (;;) {
    const answer = await authority.ask("GET", `${page}${place}`);
    if (answer.status !== 200) throw unexpected(answer);
    const { records, next } = answer.json as unknown as { records: readonly RecordView[]; next: number };
    for (const row of records) print(row);
    if (next === place) return place;
    place = next;
  }
}

/** The stream says when to look: the records themselves come by their places, so that none is missed or repeated. */
async function follow(printing: Printing, signal: AbortSignal): Promise<void> {
  let place = 0;
  try {
    for await (const line of printing.authority.stream("/events", signal)) {
      // The stream's first line comes once it is heard: what was collected before then is asked for now.
      if (line.startsWith(":") || line === "event: collected") place = await printFrom(printing, place);
    }
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof CommandFailed) throw error;
  }
  // The stream has an end only where the authority ended, in whatever way.
  throw new CommandFailed(EXIT.unreachable, "the authority has ended");
}
