/**
 * The authority's HTTP interface on 127.0.0.1: health for everybody, all else under the bearer token of this run
 * (design 5.8). A site goes in and out as the YAML that its file is.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { Readable } from "node:stream";
import { ID_PATTERN } from "@lintel/protocol/base/ids.ts";
import { InvariantViolation } from "@lintel/protocol/base/invariant.ts";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { z } from "zod";
import type { ApplyRefusal } from "../apply.ts";
import type { Authority } from "../authority.ts";
import { LIMITS as AUTHORITY } from "../limits.ts";
import type { EventHub } from "./event-hub.ts";
import { addDoors } from "./http-doors.ts";
import { LIMITS } from "./limits.ts";
import { NO_SITE, sendProblem } from "./problem.ts";

export interface HttpSide {
  readonly authority: Authority;
  readonly events: EventHub;
  readonly token: string;
  /** Whether everything that an edge needs is there. */
  readonly ready: () => boolean;
  /** A broken invariant: the process ends. */
  readonly broken: (error: unknown) => void;
}

const FLAG = z.enum(["", "true", "1", "false", "0"]).transform((text) => ["", "true", "1"].includes(text));
const APPLY = z.strictObject({ widen: FLAG.default(false) });
const EXPORT = z.strictObject({ codes: z.enum(["kept", "reveal"]).default("kept") });
const PAGE = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(AUTHORITY.page).default(AUTHORITY.page),
});
const RECORDS = PAGE.extend({ duress: FLAG.default(false) });
const EDGE = z.strictObject({ edge: z.string().regex(ID_PATTERN) });
const YAML = ["application/yaml", "application/x-yaml", "text/yaml", "text/plain"];

export function buildHttp(side: HttpSide): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: AUTHORITY.siteText,
    forceCloseConnections: true,
    requestTimeout: LIMITS.httpRequest,
    http: { headersTimeout: LIMITS.httpHeaders, connectionsCheckingInterval: LIMITS.httpHeaders },
  });
  app.server.maxConnections = LIMITS.httpConnections;
  app.addContentTypeParser(YAML, { parseAs: "string" }, (_request, body, done) => done(null, body));
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, { kind: "not-found", status: 404, title: "Nothing here" }),
  );
  app.setErrorHandler((error, _request, reply) => answerError(error, reply, side));
  app.get("/healthz", () => ({ status: "ok" }));
  app.get("/readyz", (_request, reply) => {
    const ready = side.ready();
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  app.register(
    async (api) => {
      api.addHook("onRequest", async (request, reply) => {
        if (!isBearer(request, side.token)) {
          reply.header("www-authenticate", "Bearer");
          await sendProblem(reply, {
            kind: "unauthorized",
            status: 401,
            title: "The bearer token is missing or wrong",
          });
        }
      });
      addSite(api, side);
      addEdges(api, side);
      addRecords(api, side);
      addDoors(api, side);
    },
    { prefix: "/api/v1" },
  );
  return app;
}

function addSite(api: FastifyInstance, { authority }: HttpSide): void {
  api.get("/site", (request, reply) => {
    const { codes } = EXPORT.parse(request.query);
    const site = authority.exportSite({ withCodes: codes === "reveal" });
    if (site === null) return sendProblem(reply, NO_SITE);
    return reply
      .header("content-type", "application/yaml; charset=utf-8")
      .header("etag", etagOf(site.revision))
      .header("cache-control", "no-store")
      .send(site.text);
  });
  api.put("/site", (request, reply) => {
    const { widen } = APPLY.parse(request.query);
    const text = bodyText(request);
    const revision = authority.revision();
    const expected = request.headers["if-match"];
    if (expected !== undefined && expected !== etagOf(revision)) {
      const title = "The site was changed since it was read";
      return sendProblem(reply, { kind: "changed-meanwhile", status: 412, title });
    }
    const applied = authority.apply(text, { widen });
    if (!applied.ok) return sendRefusal(reply, applied.error);
    return reply.header("etag", etagOf(applied.value.revision)).send({ applied: true, ...applied.value });
  });
  api.post("/site/diff", (request, reply) => {
    const changes = authority.diff(bodyText(request));
    return changes.ok ? reply.send({ changes: changes.value }) : sendRefusal(reply, changes.error);
  });
}

function addEdges(api: FastifyInstance, { authority }: HttpSide): void {
  api.get("/edges", () => ({ edges: authority.edges() }));
  api.post("/edges/:edge/token", (request, reply) => {
    const { edge } = EDGE.parse(request.params);
    const issued = authority.issueToken(edge);
    if (issued.ok) {
      const { token, expires } = issued.value;
      reply.code(201).header("cache-control", "no-store");
      return reply.send({ edge, token: token.use((text) => text), expires: new Date(expires).toISOString() });
    }
    if (issued.error.kind === "no-site") return sendProblem(reply, NO_SITE);
    const detail = `the site has ${issued.error.known.join(", ") || "none"}`;
    return sendProblem(reply, { kind: "unknown-edge", status: 404, title: `The site has no edge ${edge}`, detail });
  });
}

function addRecords(api: FastifyInstance, { authority, events }: HttpSide): void {
  api.get("/records", (request) => {
    const { after, limit, duress } = RECORDS.parse(request.query);
    const records = duress ? authority.recordsWithDuress(after, limit) : authority.records(after, limit);
    return { records, next: records.at(-1)?.place ?? after };
  });
  api.get("/log/export", (_request, reply) => {
    const lines = authority.exportLog();
    if (lines === null) return sendProblem(reply, NO_SITE);
    return reply
      .header("content-type", "application/x-ndjson; charset=utf-8")
      .header("cache-control", "no-store")
      .send(Readable.from(lines));
  });
  api.get("/audit", () => ({ audit: authority.audit() }));
  api.get("/alarms", () => ({ alarms: authority.alarms() }));
  api.get("/events", (_request, reply) => {
    if (events.full) return sendProblem(reply, { kind: "too-many", status: 503, title: "Too many event streams" });
    reply.hijack();
    reply.raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    reply.raw.write(": Lintel events\n\n");
    events.stream(reply.raw);
    return reply;
  });
}

function sendRefusal(reply: FastifyReply, refusal: ApplyRefusal): FastifyReply {
  if (refusal.kind === "faulty") {
    const title = "The site file is faulty; nothing was changed";
    return sendProblem(reply, { kind: "faulty-site", status: 422, title, more: { problems: refusal.problems } });
  }
  const title = "The change opens more than before; nothing was changed";
  return sendProblem(reply, { kind: "widens", status: 409, title, more: { changes: refusal.changes } });
}

function answerError(error: unknown, reply: FastifyReply, side: HttpSide): FastifyReply {
  if (error instanceof z.ZodError) {
    const detail = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    return sendProblem(reply, { kind: "bad-request", status: 400, title: "The request is malformed", detail });
  }
  const status = (error as { statusCode?: number }).statusCode;
  if (status !== undefined && status < 500) {
    return sendProblem(reply, { kind: "bad-request", status, title: (error as Error).message });
  }
  if (error instanceof InvariantViolation) side.broken(error);
  // What it was stays in the process: its text may name what a caller should not see.
  return sendProblem(reply, { kind: "failed", status: 500, title: "The authority failed; nothing was changed" });
}

function bodyText(request: FastifyRequest): string {
  return typeof request.body === "string" ? request.body : "";
}

function etagOf(revision: number): string {
  return `"${revision}"`;
}

function isBearer(request: FastifyRequest, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(request.headers.authorization ?? ""), digest(`Bearer ${token}`));
}
