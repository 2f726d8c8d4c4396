/**
 * A command to a running edge and its answer, as an operator meets it: HTTP to the authority, signed over MQTT to the
 * edge, durable there, answered and signed back. Authority and edge are processes of their own; beside it the same
 * authority's answer to a question that needs no edge.
 */
import { reachAuthority } from "@lintel/scripts/reach-authority.ts";
import { officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import type { Figure } from "./figure.ts";

export async function commandFigures(samples: number): Promise<Figure[]> {
  const ends: (() => unknown)[] = [];
  const site = new RunningSite({ teardown: (end) => void ends.unshift(end), setTimeout: () => undefined });
  try {
    await Promise.all([site.addDoor("front", "b1"), site.addDoor("back", "b2")]);
    await site.start(officeSite());
    const authority = reachAuthority(site.data);
    const commanded: number[] = [];
    const asked: number[] = [];
    for (let sample = 0; sample < samples; sample += 1) {
      const mode = sample % 2 === 0 ? "resident" : "normal";
      const begun = performance.now();
      const answer = await authority.post("/doors/front/mode", { mode });
      commanded.push(performance.now() - begun);
      if (answer.status !== 200) throw new Error(`the command was not done: ${answer.text}`);
      const next = performance.now();
      await authority.ask("GET", "/edges");
      asked.push(performance.now() - next);
    }
    return [
      {
        what: "a command over HTTP and MQTT, durable at the edge, to its answer",
        unit: "ms",
        samples: commanded,
        beside: { what: "the same authority asked over HTTP alone", samples: asked },
      },
    ];
  } finally {
    for (const end of ends) await end();
  }
}
