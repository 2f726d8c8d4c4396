/**
 * What `lintel door mode`, `override` and `release` share: the authority is asked, and what its edge said becomes a
 * sentence and an exit code (design 5.1): 0 done, 3 no answer, 4 refused.
 */
import { isId } from "@lintel/protocol/base/ids.ts";
import { ACT_REFUSALS, type ActRefusal } from "@lintel/protocol/mqtt/command.ts";
import { CommandFailed, EXIT, type ExitCode, type Io, wrongUse } from "./command.ts";
import { dataFolder, reachAuthority, unexpected } from "./reach-authority.ts";

export interface DoorOrder {
  readonly door: string;
  /** Behind `/doors/DOOR/`. */
  readonly path: "mode" | "override" | "release";
  readonly body: object;
  /** What was done, as a person reads it behind the door's name. */
  readonly done: string;
}

export interface OrderOptions {
  readonly data: string | undefined;
  readonly json: boolean;
  readonly io: Io;
}

/** An id of a door, or wrong use. `usage` as in `--help`. */
export function readDoor(door: string | undefined, usage: string): string {
  if (door === undefined) throw wrongUse(`which door? ${usage}`);
  if (!isId(door)) throw wrongUse(`'${door}' is no id of a door: a to z, 0 to 9 and -, at most 32`);
  return door;
}

export async function orderDoor(order: DoorOrder, { data, json, io }: OrderOptions): Promise<ExitCode> {
  const { door, path, body, done } = order;
  const answer = await reachAuthority(dataFolder(data, io.env)).post(`/doors/${door}/${path}`, body);
  const print = (outcome: object) => {
    if (json) io.out(`${JSON.stringify({ door, ...outcome })}\n`);
  };
  switch (answer.status) {
    case 200:
      print({ outcome: "done" });
      if (!json) io.out(`${door}: ${done}\n`);
      return EXIT.done;
    case 404:
      throw wrongUse([answer.json.title, answer.json.detail].filter(Boolean).join("; "));
    case 409: {
      const why = String(answer.json.refused);
      print({ outcome: "refused", why });
      throw new CommandFailed(EXIT.notPermitted, `${door}: ${sayRefusal(why, String(answer.json.edge))}`);
    }
    case 504: {
      print({ outcome: "no-answer" });
      const never = answer.json.type === "/problems/not-adopted";
      throw new CommandFailed(EXIT.unreachable, `${door}: ${sayNoAnswer(String(answer.json.edge), never)}`);
    }
    default:
      throw unexpected(answer);
  }
}

const REFUSALS: Readonly<Record<ActRefusal, (edge: string) => string>> = {
  "unknown-door": (edge) =>
    `its edge ${edge} has no such door yet: its newest keyset is not in force there; 'lintel log' and 'lintel doctor' say why`,
  "wrong-end": () =>
    "not until then: an end lies ahead, at most 7 days, and period-end holds only while business hours run; nothing was changed",
  "clock-unknown": (edge) =>
    `its edge ${edge} does not know the time, so it could not keep an end; it asks for it by itself: try again in a minute, or see 'lintel doctor'`,
  stale: (edge) =>
    `its edge ${edge} has executed a newer command, or this one reached it after its end; nothing was changed: try again, and see that the clock of the authority's machine is right`,
  "hardware-fault": (edge) =>
    `its edge ${edge} cannot write it down, so it did nothing; see 'lintel doctor' on its machine`,
};

/** A word that a newer edge says and this lintel does not know is said as it is. */
function sayRefusal(why: string, edge: string): string {
  const known = ACT_REFUSALS.find((word) => word === why);
  return `refused: ${known === undefined ? `its edge ${edge} answered ${why}` : REFUSALS[known](edge)}`;
}

function sayNoAnswer(edge: string, never: boolean): string {
  return never
    ? `its edge ${edge} was never adopted, so nobody can do it; print a token with 'lintel edge token ${edge}'`
    : `no answer from its edge ${edge} within 10 s; whether it was done is not known: 'lintel log' tells when the edge is back`;
}
