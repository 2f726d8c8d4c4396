/** What `command.ts` says, on the wire: an act by its kind, strictly, and its outcome. */
import { MODES } from "../base/words.ts";
import { ACT_REFUSALS, type ActOutcome, type DoorAct } from "./command.ts";
import { byKind, id, map, oneOf, orNull, type Shape, that, time, word } from "./shape.ts";

type End = Extract<DoorAct, { readonly kind: "override" }>["until"];

/** Ms since 1970, `period-end`, or null. */
const END: Shape<End> = orNull({
  write: (value) => (value === "period-end" ? value : time.write(value)),
  read: (value, at) => (typeof value === "string" ? word("period-end").read(value, at) : time.read(value, at)),
});

export const DOOR_ACT: Shape<DoorAct> = byKind<DoorAct>({
  mode: map({ kind: word("mode"), door: id, mode: oneOf(MODES) }),
  override: that(
    map({ kind: word("override"), door: id, state: oneOf(["unlock", "lock", "resume"]), until: END }),
    "no end where it resumes",
    ({ state, until }) => state !== "resume" || until === null,
  ),
  release: map({ kind: word("release"), door: id }),
});

export const ACT_OUTCOME: Shape<ActOutcome> = byKind<ActOutcome>({
  done: map({ kind: word("done") }),
  refused: map({ kind: word("refused"), why: oneOf(ACT_REFUSALS) }),
});
