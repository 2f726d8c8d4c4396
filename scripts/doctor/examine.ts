/** All checks of `lintel doctor`, side by side, each with its own end. */
import type { EdgeStatus } from "@lintel/edge/box/status.ts";
import {
  CHECKS,
  type Check,
  type Finding,
  judgeBroker,
  judgeClock,
  judgeControllers,
  judgeDisk,
  judgeEdge,
  judgeLatency,
  judgePorts,
  judgeRuntime,
  unanswered,
} from "./findings.ts";
import { LIMITS } from "./limits.ts";
import { probeBroker, probeClock, probeDisk, probeEdge, probePorts, probeRuntime } from "./probes.ts";

export interface Examined {
  readonly findings: readonly Finding[];
  /** Of the running edge; null: none runs, or it did not answer. */
  readonly status: EdgeStatus | null;
}

export async function examine(data: string, buses: ReadonlyMap<string, string>): Promise<Examined> {
  // The running edge is asked once: most checks look at what it says.
  const asking = probeEdge(data);
  let held: EdgeStatus | null = null;
  void asking.then(({ status }) => {
    held = status;
  });
  const edge = () => asking;
  const status = async () => (await asking).status;
  const ports = async () => probePorts(data, buses, await status());
  const checks: Readonly<Record<Check, () => Promise<readonly Finding[]>>> = {
    runtime: async () => judgeRuntime(probeRuntime()),
    disk: async () => judgeDisk(await probeDisk(data, await status())),
    clock: async () => judgeClock(await probeClock(await status())),
    ports: async () => judgePorts(await ports()),
    latency: async () => judgeLatency(await ports()),
    edge: async () => judgeEdge(await edge()),
    broker: async () => judgeBroker(await probeBroker(await status())),
    controllers: async () => judgeControllers(await edge()),
  };
  const findings = await Promise.all(CHECKS.map((check) => inTime(check, checks[check], LIMITS.check)));
  return { findings: findings.flat(), status: held };
}

/** One check, ended where it does not end by itself or breaks: it must not take the others with it. */
export async function inTime(
  check: Check,
  look: () => Promise<readonly Finding[]>,
  longest: number,
): Promise<readonly Finding[]> {
  let late: NodeJS.Timeout | undefined;
  const end = new Promise<readonly Finding[]>((over) => {
    late = setTimeout(() => over([unanswered(check, `no answer within ${longest / 1000} s`)]), longest);
  });
  try {
    return await Promise.race([look(), end]);
  } catch (error) {
    return [unanswered(check, (error as Error).message)];
  } finally {
    clearTimeout(late);
  }
}
