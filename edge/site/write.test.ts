/** A site written as its file and read again is the same site, and shows no code unless told to. */
import { SecretText } from "@lintel/protocol/base/secret.ts";
import fc from "fast-check";
import { test } from "tap";
import { anySite } from "../../test/support/any-site.ts";
import { edited, SITE_TEXT } from "../../test/support/site-text.ts";
import { readSite } from "./read.ts";
import { codesOf, type Site } from "./site.ts";
import { writeSite } from "./write.ts";

/** With its codes in clear, so that two can be compared. */
function open(site: Site | null): unknown {
  return JSON.parse(
    JSON.stringify(site, function (this: Record<string, unknown>, name: string, value: unknown) {
      const own = this[name];
      return own instanceof SecretText ? own.use((text) => `code ${text}`) : value;
    }),
  );
}

function reveal(site: Site) {
  const codes = new Map(codesOf(site).map(({ id, code }) => [id, code]));
  return (id: Parameters<typeof codes.get>[0]) => {
    const code = codes.get(id);
    return code === undefined || code === "kept" ? null : code;
  };
}

test("any site comes back from its file as it was", (t) => {
  let ran = 0;
  fc.assert(
    fc.property(anySite, (site) => {
      ran += 1;
      const text = writeSite(site, { codes: reveal(site) });
      const read = readSite(text);
      const errors = read.problems.filter(({ severity }) => severity === "error");
      if (errors.length > 0) throw new Error(`${JSON.stringify(errors)}\n${text}`);
      t.same(open(read.site), open(site));
      return t.passing();
    }),
    { numRuns: 300 },
  );
  t.ok(ran >= 300);
  t.end();
});

test("any site written without its codes has no digit of them, and the same codes kept", (t) => {
  fc.assert(
    fc.property(anySite, (site) => {
      const text = writeSite(site, { codes: "kept" });
      const { site: read } = readSite(text);
      t.same(
        codesOf(read!),
        codesOf(site).map(({ id }) => ({ id, code: "kept" })),
      );
      return t.passing();
    }),
    { numRuns: 100 },
  );
  t.end();
});

test("an export reads as people would have written it", (t) => {
  const text = edited(SITE_TEXT, [
    [
      "restriction: none",
      'restriction: [ { schedules: [nights] }, { windows: [ { days: sat-mon, from: "09:00", to: "24:00" } ] } ]',
    ],
    ["contact: { input: 0 }", 'masterCode: "904152"\n    strike: { release: 90s }'],
  ]);
  const { site, problems } = readSite(text);
  t.same(problems, []);
  t.equal(
    writeSite(site!, { codes: "kept" }),
    `site: { id: hq, name: Head office, timezone: America/New_York, country: US }
edges:
  - id: e1
  - id: e2
buses:
  - id: b1
    edge: e1
    port: sim
    baud: 9600
  - id: b2
    edge: e2
    port: sim
    baud: 9600
doors:
  - id: front
    name: Front door
    controller: { bus: b1, address: 0 }
    strike: { output: 0, release: 90s, extendedRelease: 2m, fail: secure }
    heldOpenAfter: 30s
    preAlarm: 10s
    masterCode: kept
    mode: normal
    codeEntry: { submit: [ "#" ], clear: [ "*" ], autoSubmit: false, timeout: 10s }
  - id: back
    name: back
    controller: { bus: b1, address: 1 }
    strike: { output: 0, release: 5s, extendedRelease: 15s, fail: secure }
    heldOpenAfter: 30s
    preAlarm: 10s
    mode: normal
    codeEntry: { submit: [ "#" ], clear: [ "*" ], autoSubmit: false, timeout: 10s }
  - id: far
    name: far
    controller: { bus: b2, address: 0 }
    strike: { output: 0, release: 5s, extendedRelease: 15s, fail: secure }
    heldOpenAfter: 30s
    preAlarm: 10s
    mode: normal
    codeEntry: { submit: [ "#" ], clear: [ "*" ], autoSubmit: false, timeout: 10s }
units: []
schedules:
  - id: nights
    windows:
      - { days: [ fri, sat ], from: "22:00", to: "06:00" }
holidays: []
users:
  - id: u1
    name: Front Desk
    kind: staff
  - id: u2
    name: Night porter
    kind: guest
groups: []
keys:
  - id: k1
    user: u1
    doors: [ front ]
    restriction:
      - schedules: [ nights ]
      - windows:
          - { days: sat-mon, from: "09:00", to: "24:00" }
    role: user
    kind: staff
    pin: kept
    enabled: true
    issue: 1
`,
  );
  t.end();
});
