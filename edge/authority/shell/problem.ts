/** Problem details (RFC 9457): every error of the API in one shape. */
import type { FastifyReply } from "fastify";

export interface ProblemDetails {
  /** A word of ours, behind `/problems/`. */
  readonly kind: string;
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  /** What belongs to this kind alone. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export const NO_SITE = { kind: "no-site", status: 404, title: "No site is applied yet" } as const;

export function sendProblem(reply: FastifyReply, problem: ProblemDetails): FastifyReply {
  const { kind, status, title, detail, more } = problem;
  return reply
    .code(status)
    .header("content-type", "application/problem+json")
    .send(JSON.stringify({ type: `/problems/${kind}`, title, status, ...(detail && { detail }), ...more }));
}
