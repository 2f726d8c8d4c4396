/** What a whole edge is like from outside: a real process, started on a folder that holds its keyset. */

import { setTimeout as pass } from "node:timers/promises";
import { until } from "../support/until.rig.ts";
import type { Figure } from "./figure.ts";
import { CODE } from "./modelled-site.ts";
import { BAUD, bareNode, RealDoor, residentMegabytes, startProgram } from "./processes.ts";
import { makeStoredEdge } from "./stored-edge.ts";
import { modelledTimes, phaseOf } from "./wire.ts";

export interface EdgeSamples {
  readonly starts: number;
  readonly grants: number;
}

export async function edgeFigures(folder: string, { starts, grants }: EdgeSamples): Promise<Figure[]> {
  const few = makeStoredEdge(folder, "one", 1, BAUD);
  const many = makeStoredEdge(folder, "many", 100_000, BAUD);
  const door = await RealDoor.plug();
  const bare: number[] = [];
  const cold: { readonly keys: string; readonly starts: number[]; memory: number }[] = [];
  const taken: number[] = [];
  try {
    for (const [keys, stored] of [["1 key", few] as const, ["100,000 keys", many] as const]) {
      const times: number[] = [];
      let memory = 0;
      for (let start = 0; start < starts; start += 1) {
        bare.push(await bareNode());
        const from = door.events.length;
        const begun = performance.now();
        const edge = door.startEdge(stored);
        const secure = await until("a session", () => door.secureAt(from));
        // Fingers take their time and are no part of it: it serves when it could have answered a code.
        times.push(secure - begun + (await door.grant(`${CODE}#`)));
        await door.rests();
        const last = start === starts - 1;
        for (let grant = 0; last && stored === few && grant < grants; grant += 1) {
          // The relay falls back in step with the polls: whoever followed it would always meet the same phase.
          await pass(phaseOf(grant));
          taken.push(await door.grant(`${CODE}#`));
          await door.rests();
        }
        if (last) memory = residentMegabytes(edge.pid);
        edge.signal("SIGTERM");
        await edge.ended;
      }
      cold.push({ keys, starts: times, memory });
    }
  } finally {
    await door.end();
  }
  const idle = await startProgram("console.log(1); setInterval(() => {}, 1000)");
  const idleMemory = residentMegabytes(idle.pid);
  await idle.end();
  const modelled = modelledTimes(BAUD, 1, 100).fromKey;
  return [
    {
      what: "real: key taken to relay, edge as a process on a pseudo-terminal",
      unit: "ms",
      samples: taken,
      beside: { what: `modelled, ${BAUD.toLocaleString("en-US")} baud`, samples: modelled },
    },
    ...cold.map(
      ({ keys, starts: samples }): Figure => ({
        what: `cold start to the first code served, ${keys}`,
        unit: "ms",
        samples,
        beside: { what: "node -e 0", samples: bare },
      }),
    ),
    ...cold.map(
      ({ keys, memory }): Figure => ({
        what: `memory of the edge (RSS), ${keys}`,
        unit: "MB",
        samples: [memory],
        beside: { what: "node that does nothing", samples: [idleMemory] },
      }),
    ),
  ];
}
