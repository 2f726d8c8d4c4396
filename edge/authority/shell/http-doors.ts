/**
 * What an operator asks of a door of a running edge, over HTTP: the mode, an override, the release of a lock-out. Each is
 * answered once its edge has said what became of it, or when that took 10 s.
 */
import { ID_PATTERN } from "@lintel/protocol/base/ids.ts";
import { readInstant } from "@lintel/protocol/base/rfc3339.ts";
import { MODES } from "@lintel/protocol/base/words.ts";
import type { DoorAct } from "@lintel/protocol/mqtt/command.ts";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import type { Authority } from "../authority.ts";
import type { Came, CommandRefusal, Sent } from "../commander.ts";
import { LIMITS } from "./limits.ts";
import { NO_SITE, sendProblem } from "./problem.ts";

const DOOR = z.strictObject({ door: z.string().regex(ID_PATTERN) });
const MODE = z.strictObject({ mode: z.enum(MODES) });
const END_EXPECTED = "expected RFC 3339 with Z or an offset, or period-end";
const END = z.string(END_EXPECTED).transform((text, given) => {
  if (text === "period-end") return text;
  const at = readInstant(text);
  // Before 1970 there is no instant on the wire; the edge refuses any that is past.
  if (at !== null && at >= 0) return at;
  given.issues.push({ code: "custom", message: END_EXPECTED, input: text });
  return z.NEVER;
});
const OVERRIDE = z
  .strictObject({ state: z.enum(["unlock", "lock", "resume"]), until: END.nullable().default(null) })
  .refine(({ state, until }) => state !== "resume" || until === null, {
    path: ["until"],
    message: "resume has no end: it ends what stands",
  });
const NOTHING = z.union([z.undefined(), z.null(), z.strictObject({})]);

/** Until there are operators with names: who holds the token of this run. */
const BY = "operator";

export function addDoors(api: FastifyInstance, { authority }: { readonly authority: Authority }): void {
  const options = { bodyLimit: LIMITS.orderBytes };
  api.post("/doors/:door/mode", options, (request, reply) => {
    const { door } = DOOR.parse(request.params);
    order(authority, reply, { kind: "mode", door, ...MODE.parse(request.body) });
  });
  api.post("/doors/:door/override", options, (request, reply) => {
    const { door } = DOOR.parse(request.params);
    order(authority, reply, { kind: "override", door, ...OVERRIDE.parse(request.body) });
  });
  api.post("/doors/:door/release", options, (request, reply) => {
    const { door } = DOOR.parse(request.params);
    NOTHING.parse(request.body);
    order(authority, reply, { kind: "release", door });
  });
}

/** Answers when the edge has. Who asks and goes away meanwhile changes nothing: the command is on its way. */
function order(authority: Authority, reply: FastifyReply, act: DoorAct): void {
  let sent: Sent | null = null;
  const asked = authority.command({ act, by: BY }, (came) => void sendCame(reply, act, sent, came));
  if (asked.ok) sent = asked.value;
  else sendRefusal(reply, act, asked.error);
}

function sendCame(reply: FastifyReply, { door }: DoorAct, sent: Sent | null, came: Came): FastifyReply {
  const edge = sent?.edge;
  switch (came.kind) {
    case "done":
      return reply.send({ outcome: "done", door, edge });
    case "refused": {
      const title = `The edge ${edge} refused: ${came.why}; nothing was changed`;
      return sendProblem(reply, { kind: "refused", status: 409, title, more: { refused: came.why, door, edge } });
    }
    case "no-answer": {
      const title = `The edge ${edge} did not answer within 10 s`;
      const detail = "whether it did it is not known; its records will tell";
      return sendProblem(reply, { kind: "no-answer", status: 504, title, detail, more: { door, edge } });
    }
  }
}

function sendRefusal(reply: FastifyReply, { door }: DoorAct, refusal: CommandRefusal): FastifyReply {
  switch (refusal.kind) {
    case "no-site":
      return sendProblem(reply, NO_SITE);
    case "unknown-door": {
      const detail = `the site has ${refusal.known.join(", ") || "none"}`;
      return sendProblem(reply, { kind: "unknown-door", status: 404, title: `The site has no door ${door}`, detail });
    }
    case "not-adopted": {
      const { edge } = refusal;
      const title = `The edge ${edge} was never adopted: nobody can answer; nothing was sent`;
      return sendProblem(reply, { kind: "not-adopted", status: 504, title, more: { door, edge } });
    }
    case "too-many":
      return sendProblem(reply, { kind: "too-many", status: 503, title: "Too many commands wait for their answer" });
  }
}
