/**
 * Commands to running edges: numbered, signed, with an end, sent again until they are answered. What was asked, by whom,
 * and what came of it are audited. Nothing here waits: who asks hears by a call, and the shell owns the time.
 * Not here: what an act does (edge/box), and who may ask (shell/http.ts).
 */
import { edgesOfDoors, type Site } from "@lintel/edge/site/site.ts";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { after } from "@lintel/protocol/base/units.ts";
import type { BodyOf } from "@lintel/protocol/mqtt/bodies.ts";
import type { ActOutcome, DoorAct } from "@lintel/protocol/mqtt/command.ts";
import { LIMITS } from "./limits.ts";
import { publishCommand, signCommand } from "./messages.ts";
import type { Ports } from "./ports.ts";

/** `no-answer`: whether it was done is not known. Its record tells, once it has come. */
export type Came = ActOutcome | { readonly kind: "no-answer" };

export interface Asked {
  readonly act: DoorAct;
  /** Who asks: an id. */
  readonly by: string;
}

export type CommandRefusal =
  | { readonly kind: "no-site" }
  | { readonly kind: "unknown-door"; readonly known: readonly string[] }
  /** Nobody is there who could ever answer. */
  | { readonly kind: "not-adopted"; readonly edge: string }
  /** As many as may wait at once wait already. */
  | { readonly kind: "too-many" };

export interface Sent {
  readonly edge: string;
  readonly n: number;
}

interface Waiting extends Asked, Sent {
  readonly id: string;
  readonly message: Uint8Array;
  /** Said by an edge that asks for the time meanwhile: the same command again may be executed. */
  clockUnknown: boolean;
  readonly came: (came: Came) => void;
}

export class Commander {
  readonly #ports: Ports;
  /** By the id of the message. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** `came` is called once: when the edge has answered, or when its time is over. */
  send(site: Site, { act, by }: Asked, came: (came: Came) => void): Result<Sent, CommandRefusal> {
    const { store, now, random, later } = this.#ports;
    const edge = edgesOfDoors(site).get(act.door);
    if (edge === undefined) return fail({ kind: "unknown-door", known: site.doors.map(({ id }) => id) });
    if (store.edge(edge) === null) return fail({ kind: "not-adopted", edge });
    if (this.#waiting.size >= LIMITS.commands) return fail({ kind: "too-many" });
    const n = store.transaction(() => {
      // Also where an older database was put back, and has forgotten what it sent: time went on.
      const next = Math.max(store.commandNumber(edge) + 1, Math.floor(now()));
      store.putCommandNumber(edge, next);
      store.addAudit({ at: now(), what: "command-sent", detail: { edge, n: next, by, ...plain(act) } });
      return next;
    });
    const id = random(16);
    const end = after(now(), LIMITS.commandLife);
    const message = signCommand(this.#ports, site.site.id, edge, { body: { n, act, by }, id, end });
    const waiting: Waiting = { act, by, edge, n, id: toHex(id), message, clockUnknown: false, came };
    this.#waiting.set(waiting.id, waiting);
    this.#publish(site.site.id, waiting);
    later(LIMITS.commandWait, () =>
      this.#end(waiting, waiting.clockUnknown ? { kind: "refused", why: "clock-unknown" } : { kind: "no-answer" }),
    );
    return ok({ edge, n });
  }

  /** Signed by this edge. Of what nobody waits for any more: nothing. */
  answered(edge: string, { n, command, outcome }: BodyOf<"command-answer">): void {
    const waiting = this.#waiting.get(toHex(command));
    if (waiting === undefined || waiting.edge !== edge || waiting.n !== n) return;
    if (outcome.kind === "refused" && outcome.why === "clock-unknown") waiting.clockUnknown = true;
    else this.#end(waiting, outcome);
  }

  /** The very same bytes, for as long as they may be executed: the edge does them once, however often they come. */
  #publish(site: string, waiting: Waiting): void {
    publishCommand(this.#ports, site, waiting.edge, waiting.message);
    this.#ports.later(LIMITS.commandRepeat, () => {
      if (this.#waiting.has(waiting.id)) this.#publish(site, waiting);
    });
  }

  #end(waiting: Waiting, came: Came): void {
    if (!this.#waiting.delete(waiting.id)) return;
    const { store, now, tell } = this.#ports;
    const { edge, n, by, act } = waiting;
    const outcome = came.kind === "refused" ? came.why : came.kind;
    store.transaction(() => store.addAudit({ at: now(), what: "command-answered", detail: { edge, n, outcome } }));
    tell({ event: "command", edge, door: act.door, act: act.kind, by, outcome });
    waiting.came(came);
  }
}

/** An act as words and numbers. */
function plain(act: DoorAct): Readonly<Record<string, string | number>> {
  switch (act.kind) {
    case "mode":
      return { act: act.kind, door: act.door, mode: act.mode };
    case "override":
      return { act: act.kind, door: act.door, state: act.state, until: act.until ?? "none" };
    case "release":
      return { act: act.kind, door: act.door };
  }
}
