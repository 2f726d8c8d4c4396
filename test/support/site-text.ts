/** A small site file to change in tests, and a mark in its text for the place at which a problem is expected. */

/** Stands in a text where a problem is expected; taken out before the text is read. */
export const MARK = "‸";

/** Two edges, three doors, one schedule, one key. */
export const SITE_TEXT = `site: { id: hq, name: Head office, timezone: America/New_York, country: US }
edges: [ { id: e1 }, { id: e2 } ]
buses:
  - { id: b1, edge: e1, port: sim, baud: 9600 }
  - { id: b2, edge: e2, port: sim }
doors:
  - id: front
    name: Front door
    controller: { bus: b1, address: 0 }
    contact: { input: 0 }
  - id: back
    controller: { bus: b1, address: 1 }
  - id: far
    controller: { bus: b2, address: 0 }
schedules:
  - id: nights
    windows: [ { days: [fri, sat], from: "22:00", to: "06:00" } ]
users:
  - { id: u1, name: Front Desk }
  - { id: u2, name: Night porter, kind: guest }
keys:
  - id: k1
    user: u1
    doors: [front]
    restriction: none
    pin: "274936"
`;

/** A change of the text: `[what stands, what stands there instead]`; what stands must stand there once. */
export type Edit = readonly [from: string, to: string];

export function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((whole, [from, to]) => {
    if (whole.split(from).length !== 2) throw new Error(`"${from}" does not stand once in the text`);
    return whole.replace(from, () => to);
  }, text);
}

/** Takes the marks out, and answers where they stood, in order. Lines and columns from 1. */
export function marked(text: string): { text: string; places: readonly { line: number; column: number }[] } {
  const places: { line: number; column: number }[] = [];
  const [first, ...rest] = text.split(MARK);
  let whole = first!;
  for (const part of rest) {
    const lines = whole.split("\n");
    places.push({ line: lines.length, column: lines[lines.length - 1]!.length + 1 });
    whole += part;
  }
  return { text: whole, places };
}
