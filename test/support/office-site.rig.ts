/**
 * For tests: a site of two doors on two lines, with one code for each thing that can happen at a keypad. Its windows
 * are made from the moment of the test: one set holds now for more than a day, the other is days away.
 */

export const ZONE = "America/New_York";

/** One code of each kind. None is part of another, and none is weak. */
export const CODES = {
  desk: "274936",
  always: "406182",
  disabled: "915370",
  expired: "660418",
  future: "318507",
  never: "852963",
  backOnly: "538217",
  once: "729054",
  master: "904152",
  /** Nobody's. */
  wrong: "147025",
} as const;
export type Holder = keyof typeof CODES;

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** The week in two: yesterday to tomorrow at the door, and the four days that are then left. */
export function daysAround(now: Date): { readonly near: readonly string[]; readonly far: readonly string[] } {
  const short = new Intl.DateTimeFormat("en-US", { timeZone: ZONE, weekday: "short" }).format(now).toLowerCase();
  const today = DAYS.indexOf(short as (typeof DAYS)[number]);
  const from = (first: number, count: number) =>
    Array.from({ length: count }, (_, at) => DAYS[(today + first + at) % 7]!);
  return { near: from(6, 3), far: from(2, 4) };
}

export interface OfficeOptions {
  /** Of the strike of either door. */
  readonly release?: string;
  /** More keys, as lines of YAML. */
  readonly more?: readonly string[];
}

export function officeSite({ release = "1s", more = [] }: OfficeOptions = {}): string {
  const { near, far } = daysAround(new Date());
  const window = (days: readonly string[]) => `{ days: [${days.join(", ")}], from: "00:00", to: "24:00" }`;
  const door = (id: string, bus: string, master: string) =>
    `  - { id: ${id}, controller: { bus: ${bus}, address: 0 }, strike: { output: 0, release: ${release} }, contact: { input: 0 }, rex: { input: 1 }${master} }`;
  const key = (id: Holder, doors: string, rest = "") =>
    `  - { id: ${id.toLowerCase()}, user: u1, doors: ${doors}, pin: "${CODES[id]}", restriction: none${rest} }`;
  return [
    `site: { id: hq, name: Head office, timezone: ${ZONE}, country: US }`,
    "edges: [ { id: e1 } ]",
    "buses: [ { id: b1, edge: e1, port: sim, baud: 38400 }, { id: b2, edge: e1, port: sim, baud: 38400 } ]",
    "doors:",
    door("front", "b1", `, masterCode: "${CODES.master}"`),
    door("back", "b2", ""),
    `schedules: [ { id: near, windows: [ ${window(near)} ] }, { id: far, windows: [ ${window(far)} ] } ]`,
    "users: [ { id: u1, name: Front Desk } ]",
    "keys:",
    key("desk", "all"),
    key("always", "[front]").replace("none", "{ schedules: [near] }"),
    key("never", "[front]").replace("none", "{ schedules: [far] }"),
    key("disabled", "[front]", ", enabled: false"),
    key("expired", "[front]", ", validUntil: 2020-12-31"),
    key("future", "[front]", ", validFrom: 2999-01-01"),
    key("backOnly", "[back]"),
    key("once", "[front]").replace("none", "one-time"),
    ...more,
    "",
  ].join("\n");
}
