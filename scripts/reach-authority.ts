/**
 * How a command reaches the running authority: through `process.json` in the data folder, over HTTP on 127.0.0.1.
 * Not running, or nothing that answers: exit 3, with the sentence that says what to start.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, EXIT, type Io } from "./command.ts";

export interface AuthorityReach {
  /** Asks under `/api/v1`, and answers whatever came back. */
  ask(method: "GET" | "PUT" | "POST", path: string, yaml?: string): Promise<Answer>;
  /** Asks for something to be done, with a body of JSON. */
  post(path: string, body: object): Promise<Answer>;
  /** An event stream, line by line, until `signal` or its end. */
  stream(path: string, signal: AbortSignal): AsyncIterable<string>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The JSON of the answer; an empty object where it is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Ms that an answer may take. An apply of 20,000 keys takes 10 s on a slow machine, and grows with their number. */
const ANSWER_MAX = 300_000;

/** `--data`, then LINTEL_DATA, then ./lintel-data. */
export function dataFolder(flag: string | undefined, env: Io["env"]): string {
  return flag ?? env.LINTEL_DATA ?? "./lintel-data";
}

export function reachAuthority(data: string): AuthorityReach {
  const { http, token } = findAuthority(data);
  const authorization = `Bearer ${token}`;
  const send = async (method: string, path: string, body: { type: string; text: string } | null): Promise<Answer> => {
    const headers = { authorization, ...(body !== null && { "content-type": body.type }) };
    const signal = AbortSignal.timeout(ANSWER_MAX);
    const answer = await reached(data, () =>
      fetch(`${http}/api/v1${path}`, { method, headers, body: body?.text ?? null, signal }),
    );
    // Another process has the port that a killed authority left: its answer is not one of ours.
    if (answer.status === 401) throw notRunning(data);
    const text = await answer.text();
    return { status: answer.status, text, json: jsonOf(text) };
  };
  return {
    ask: (method, path, yaml) =>
      send(method, path, yaml === undefined ? null : { type: "application/yaml", text: yaml }),
    post: (path, body) => send("POST", path, { type: "application/json", text: JSON.stringify(body) }),
    async *stream(path, signal) {
      const answer = await reached(data, () => fetch(`${http}/api/v1${path}`, { headers: { authorization }, signal }));
      if (answer.status === 401) throw notRunning(data);
      if (!answer.ok) {
        const text = await answer.text();
        throw unexpected({ status: answer.status, text, json: jsonOf(text) });
      }
      let rest = "";
      const decoder = new TextDecoder();
      for await (const chunk of answer.body ?? []) {
        const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split("\n");
        rest = lines.pop()!;
        yield* lines;
      }
    },
  };
}

async function reached(data: string, ask: () => Promise<Response>): Promise<Response> {
  try {
    return await ask();
  } catch (error) {
    if ((error as Error).name === "TimeoutError") {
      throw new CommandFailed(EXIT.unreachable, `the authority did not answer within ${ANSWER_MAX / 1000} s`);
    }
    if ((error as Error).name === "AbortError") throw error;
    throw notRunning(data);
  }
}

function findAuthority(data: string): { http: string; token: string } {
  try {
    const { http, token } = JSON.parse(readFileSync(join(data, "authority", "process.json"), "utf8"));
    if (typeof http === "string" && typeof token === "string") return { http, token };
  } catch {
    // Missing or half-written: the same as not running.
  }
  throw notRunning(data);
}

function notRunning(data: string): CommandFailed {
  const sentence = `no authority runs on ${data}; start it with 'lintel authority --data ${data}', or name another with --data`;
  return new CommandFailed(EXIT.unreachable, sentence);
}

/** An answer that no command expects: what the authority said about it. */
export function unexpected(answer: Answer): CommandFailed {
  const { title, detail } = answer.json;
  const said = [title, detail].filter((text) => typeof text === "string").join("; ");
  return new CommandFailed(EXIT.unreachable, said || `the authority answered ${answer.status}`);
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
