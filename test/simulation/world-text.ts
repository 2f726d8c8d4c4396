/** A world as files: what `lintel rehearse` takes, and what the corpus keeps. */
import type { DrawnSite } from "@lintel/firmware-sim/rehearsal/swarm/site.ts";
import type { World } from "@lintel/firmware-sim/rehearsal/swarm/world.ts";

/** A site file: JSON is YAML. A line for each door, key and so on. */
export function siteText(site: DrawnSite): string {
  const fields = Object.entries(site).map(([name, value]) => {
    if (!Array.isArray(value) || value.length === 0) return `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
    return `${JSON.stringify(name)}: [\n  ${value.map((each) => JSON.stringify(each)).join(",\n  ")}\n]`;
  });
  return `{\n${fields.join(",\n")}\n}\n`;
}

/** JSON Lines. */
export function scriptText({ lines }: World): string {
  return lines.map(({ at, act }) => `${JSON.stringify({ at: new Date(at).toISOString(), ...act })}\n`).join("");
}
