/**
 * Deliberate mistakes, each one rule broken by as little as one character, and the test that must notice. `make mutants`
 * makes each of them in a copy of the tree and runs that test; one that stays green is a rule that nobody holds.
 * A row for every rule that a slip of the hand could break; `from` stands once in its file.
 */
export interface Mutation {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly seenBy: string;
}

/** The decision: d4, d5, d7, d10 and "Fine points, decided". */
const ACCESS: readonly Mutation[] = [
  {
    file: "edge/access/decide.ts",
    from: 'outcome: granted ? "grant" : "deny"',
    to: 'outcome: "grant"',
    seenBy: "edge/access/validity.test.ts",
  },
  {
    file: "edge/access/decide.ts",
    from: "find(opens) ?? candidates[0]",
    to: "at(0)",
    seenBy: "edge/access/matching.test.ts",
  },
  {
    file: "edge/access/decide.ts",
    from: "held.doors.has(door) && key.doors.includes(door)",
    to: "held.doors.has(door)",
    seenBy: "edge/access/matching.test.ts",
  },
  {
    file: "edge/access/decide.ts",
    from: 'return door.mode !== "lockdown" && door.withheld.length === 0',
    to: "return door.withheld.length === 0",
    seenBy: "edge/access/matching.test.ts",
  },
  {
    file: "edge/access/decide.ts",
    from: 'return door.mode !== "lockdown" && door.withheld.length === 0',
    to: 'return door.mode !== "lockdown"',
    seenBy: "edge/access/matching.test.ts",
  },
  {
    file: "edge/access/decide.ts",
    from: "consumes: granted && isConsumable(key)",
    to: "consumes: granted && key.restrictions.length > 1",
    seenBy: "edge/access/uses.test.ts",
  },
  {
    file: "edge/access/decide.ts",
    from: "key.extended ? extendedRelease : release",
    to: "key.extended ? release : extendedRelease",
    seenBy: "edge/access/matching.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: "if (!enabled) return",
    to: "if (!enabled && withheld.length > 0) return",
    seenBy: "edge/access/modes.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: '["tour", ["staff", "tour"]]',
    to: '["tour", ["staff", "tour", "resident"]]',
    seenBy: "edge/access/modes.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: '["privacy", []]',
    to: '["privacy", ["staff"]]',
    seenBy: "edge/access/modes.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: "const ok = at >= from;",
    to: "const ok = at > from;",
    seenBy: "edge/access/validity.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: "const ok = at < until;",
    to: "const ok = at <= until;",
    seenBy: "edge/access/validity.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: 'if (until === null) return answer("until", false,',
    to: 'if (until === null) return answer("until", true,',
    seenBy: "edge/access/validity.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: 'if (key.role === "admin") return answer("holiday", true',
    to: 'if (key.kind === "staff") return answer("holiday", true',
    seenBy: "edge/access/holiday.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: "uses.doors.includes(door.door.id)",
    to: "uses.count > 0",
    seenBy: "edge/access/uses.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: "if (!(uses.count < restriction.uses))",
    to: "if (!(uses.count <= restriction.uses))",
    seenBy: "edge/access/uses.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: "const ok = at < end;",
    to: "const ok = at <= end;",
    seenBy: "edge/access/uses.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: 'return clock !== "floor-only" ||',
    to: 'return clock === "trusted" ||',
    seenBy: "edge/access/clock.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: "const ok = !onWall && !totp && firstUseLength(key) === null;",
    to: "const ok = !onWall;",
    seenBy: "edge/access/clock.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: "const onWall = week !== null || key.validFrom !== null || key.validUntil !== null;",
    to: "const onWall = week !== null || key.validFrom !== null;",
    seenBy: "edge/access/clock.test.ts",
  },
  {
    file: "edge/access/restrictions.ts",
    from: "if (week === undefined) return [];",
    to: "if (week === undefined) continue;",
    seenBy: "edge/access/windows.test.ts",
  },
  {
    file: "edge/access/restrictions.ts",
    from: "left === null ? week : intersection(left, week)",
    to: "left === null ? week : union([left, week])",
    seenBy: "edge/access/windows.test.ts",
  },
  {
    file: "edge/access/restrictions.ts",
    from: "!(restriction.length >= shortest)",
    to: "!(restriction.length <= shortest)",
    seenBy: "edge/access/uses.test.ts",
  },
  {
    file: "edge/access/restrictions.ts",
    from: "firstAt === null ? (Number.NEGATIVE_INFINITY as Instant) : after(firstAt, length)",
    to: "firstAt === null ? null : after(firstAt, length)",
    seenBy: "edge/access/uses.test.ts",
  },
  {
    file: "edge/access/next.ts",
    from: "(days * DAY + 1) as Millis",
    to: "(days * DAY) as Millis",
    seenBy: "edge/access/next.test.ts",
  },
  {
    file: "edge/access/next.ts",
    from: "(at !== null && (first === null || at < first) ? at : first)",
    to: "(at !== null && (first === null || at > first) ? at : first)",
    seenBy: "edge/access/next.test.ts",
  },
  {
    file: "edge/access/next.ts",
    from: "wall = nextInside(week, wallOf(day + 1));",
    to: "wall = nextInside(week, wallOf(day + 2));",
    seenBy: "edge/access/next.test.ts",
  },
  {
    file: "edge/access/next.ts",
    from: "Math.max(stretch.from, from) + stretch.offset",
    to: "stretch.from + stretch.offset",
    seenBy: "edge/access/next.test.ts",
  },
  {
    file: "edge/access/next.ts",
    from: 'key.role === "admin" ? null : door.holidays',
    to: "null",
    seenBy: "edge/access/next.test.ts",
  },
];

/** The lock-out after wrong codes: d3 and domain-rules, "Lockout". */
const LOCKOUT: readonly Mutation[] = [
  {
    file: "edge/access/lockout.ts",
    from: "const ended = running !== null && now >= running.until ? running : null;",
    to: "const ended = running !== null && now > running.until ? running : null;",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "counter.wrongs.filter((at) => between(at, now) < LIMITS.day)",
    to: "counter.wrongs.filter((at) => between(at, now) <= LIMITS.day)",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "between(counter.easedAt, now) < LIMITS.easePause",
    to: "between(counter.easedAt, now) <= LIMITS.easePause",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "between(cleanFrom, now) >= LIMITS.cleanTime",
    to: "between(cleanFrom, now) > LIMITS.cleanTime",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "const SET_BACK = { count: 0, latched: false, tier: 0, cleanFrom: null }",
    to: "const SET_BACK = { count: 0, latched: false, cleanFrom: null }",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "const latched = counter.latched || count >= LIMITS.latchAt;",
    to: "const latched = count >= LIMITS.latchAt;",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "count >= LIMITS.latchAt;",
    to: "count > LIMITS.latchAt;",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "cleanFrom: started?.until ?? now",
    to: "cleanFrom: now",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "LIMITS.lockoutFirst * 2 ** (tier - 1)",
    to: "LIMITS.lockoutFirst * 2 ** tier",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "return one.until > other.until ? one : other;",
    to: "return one.until < other.until ? one : other;",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "counter.count - LIMITS.easeBy",
    to: "counter.count - counter.count",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "latched: counter.latched && count > 0, easedAt: now",
    to: "latched: false, easedAt: now",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "if (counter.count === 0 || counter.easedAt !== null) return counter;",
    to: "if (counter.count === 0) return counter;",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "return { ...AT_REST, easedAt };",
    to: "return { ...AT_REST, easedAt: null };",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: 'reasons.includes("unknown-code") || reasons.includes("wrong-length") ? "wrong"',
    to: 'reasons.includes("unknown-code") ? "wrong"',
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "count: Math.max(one.count, other.count)",
    to: "count: Math.min(one.count, other.count)",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "day.length < LIMITS.alarmPerDay ?",
    to: "day.length <= LIMITS.alarmPerDay ?",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "{ ...aged, ...SET_BACK }",
    to: "{ ...aged, ...SET_BACK, wrongs: [] }",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/lockout.ts",
    from: "easedAt: now };",
    to: "easedAt: now, tier: 0 };",
    seenBy: "edge/access/lockout.test.ts",
  },
  {
    file: "edge/access/limits.ts",
    from: "wrongsPerDay: 60",
    to: "wrongsPerDay: 120",
    seenBy: "edge/access/lockout-attack.test.ts",
  },
  {
    file: "edge/box/powered.ts",
    from: "Math.ceil(time.monotonic)",
    to: "Math.floor(time.monotonic)",
    seenBy: "test/edge/lockout-counters.test.ts",
  },
  {
    file: "edge/box/lockouts.ts",
    from: "joinCounters(this.#aged(name, now), this.#aged(former, now), id)",
    to: "this.#aged(name, now)",
    seenBy: "test/edge/lockout-counters.test.ts",
  },
  {
    file: "edge/box/lockouts.ts",
    from: "left.has(name) || isAtRest",
    to: "isAtRest",
    seenBy: "test/edge/lockout-counters.test.ts",
  },
  {
    file: "edge/box/doors.ts",
    from: "if (lockouts.remaining(door.id) > 0) {",
    to: "if (lockouts.remaining(door.id) > 86_400_000) {",
    seenBy: "test/edge/lockout.test.ts",
  },
  {
    file: "edge/box/box.ts",
    from: ", ...this.#lockouts.mark()]",
    to: "]",
    seenBy: "test/edge/lockout.test.ts",
  },
];

/** Windows, zones, holidays: d4.3 to d4.7, d5, d6.6. */
const CALENDAR: readonly Mutation[] = [
  {
    file: "edge/calendar/week.ts",
    from: "minute >= stretch.from && minute < stretch.to",
    to: "minute >= stretch.from && minute <= stretch.to",
    seenBy: "edge/calendar/week.test.ts",
  },
  {
    file: "edge/calendar/week.ts",
    from: "minute >= stretch.from && minute < stretch.to",
    to: "minute > stretch.from && minute < stretch.to",
    seenBy: "edge/calendar/week.test.ts",
  },
  {
    file: "edge/calendar/week.ts",
    from: "unrolled.push({ from: 0, to: to - WEEK_MINUTES })",
    to: "unrolled.push({ from: 0, to: 0 })",
    seenBy: "edge/calendar/week.test.ts",
  },
  {
    file: "edge/calendar/week.ts",
    from: "within(length, 1, DAY_MINUTES)",
    to: "within(length, 1, DAY_MINUTES + 1)",
    seenBy: "edge/calendar/week.test.ts",
  },
  {
    file: "edge/calendar/week.ts",
    from: "if (from < to) shared.push({ from, to });",
    to: "if (from <= to) shared.push({ from, to });",
    seenBy: "edge/calendar/week.test.ts",
  },
  {
    file: "edge/calendar/week.ts",
    from: "stretch.from > last.to) merged.push",
    to: "stretch.from >= last.to) merged.push",
    seenBy: "edge/calendar/week.test.ts",
  },
  {
    file: "edge/calendar/week.ts",
    from: "(monday + WEEK + week[0]!.from * MINUTE)",
    to: "(monday + week[0]!.from * MINUTE)",
    seenBy: "edge/calendar/week.test.ts",
  },
  {
    file: "edge/calendar/zone.ts",
    from: "if (wall < from + offset) return from;",
    to: "if (wall < from + offset) return to;",
    seenBy: "edge/calendar/zone.test.ts",
  },
  {
    file: "edge/calendar/zone.ts",
    from: 'return parts[1] === "-" ? -size : size;',
    to: "return size;",
    seenBy: "edge/calendar/zone.test.ts",
  },
  {
    file: "edge/calendar/zone.ts",
    from: "for (const stretch of span) if (at < stretch.to)",
    to: "for (const stretch of span) if (at <= stretch.to)",
    seenBy: "edge/calendar/zone.test.ts",
  },
  {
    file: "edge/calendar/zone.ts",
    from: "if (wall < to + offset) return (wall - offset)",
    to: "if (wall <= to + offset) return (wall - offset)",
    seenBy: "edge/calendar/zone.test.ts",
  },
  {
    file: "edge/calendar/holidays.ts",
    from: "filter(({ since }) => day >= since)",
    to: "filter(({ since }) => day > since)",
    seenBy: "edge/calendar/holidays.test.ts",
  },
  {
    file: "edge/calendar/holidays.ts",
    from: 'find((holiday) => holiday.access === "suspended") ?? null',
    to: 'slice(0, 1).find((holiday) => holiday.access === "suspended") ?? null',
    seenBy: "edge/calendar/holidays.test.ts",
  },
  {
    file: "edge/calendar/hours.ts",
    from: "cut ? Math.min(end, DAY_MINUTES) : end",
    to: "end",
    seenBy: "edge/calendar/hours.test.ts",
  },
  {
    file: "edge/calendar/hours.ts",
    from: "filter((interval) => interval.from < interval.to)",
    to: "filter((interval) => interval.from <= interval.to)",
    seenBy: "edge/calendar/hours.test.ts",
  },
  {
    file: "edge/calendar/hours.ts",
    from: "const to = Math.min(a.from + a.length, b.from + b.length);",
    to: "const to = Math.max(a.from + a.length, b.from + b.length);",
    seenBy: "edge/calendar/hours.test.ts",
  },
  {
    file: "edge/calendar/hours.ts",
    from: 'filter(({ hours }) => hours !== "unchanged")',
    to: 'filter(({ hours }) => hours === "closed")',
    seenBy: "edge/calendar/hours.test.ts",
  },
];

/** Site files and codes: d1, d4.4, d7.3, design 5.2. */
const SITE: readonly Mutation[] = [
  {
    file: "edge/site/days.ts",
    from: "length: to > from ? to - from : to - from + DAY_MINUTES",
    to: "length: to >= from ? to - from : to - from + DAY_MINUTES",
    seenBy: "edge/site/read.test.ts",
  },
  {
    file: "edge/site/days.ts",
    from: "minutes <= DAY_MINUTES ? minutes : null",
    to: "minutes <= DAY_MINUTES + 1 ? minutes : null",
    seenBy: "edge/site/read.test.ts",
  },
  {
    file: "edge/site/lengths.ts",
    from: "dayAfter(moment)",
    to: "(moment)",
    seenBy: "edge/site/compile.test.ts",
  },
  {
    file: "edge/site/check-times.ts",
    from: "if (end - from >= a.length + b.length) continue;",
    to: "if (end - from > a.length + b.length) continue;",
    seenBy: "edge/site/meaning.test.ts",
  },
  {
    file: "edge/site/check-times.ts",
    from: "from !== null && until !== null && from >= until",
    to: "from !== null && until !== null && from > until",
    seenBy: "edge/site/meaning.test.ts",
  },
  {
    file: "edge/site/check-codes.ts",
    from: "if (clash !== undefined) {",
    to: "if (clash !== undefined && site.keys.length > 9) {",
    seenBy: "edge/site/meaning.test.ts",
  },
  {
    file: "edge/site/check-codes.ts",
    from: "if (codes > door.bareCodes)",
    to: "if (codes >= door.bareCodes)",
    seenBy: "edge/site/meaning.test.ts",
  },
  {
    file: "edge/site/check-doors.ts",
    from: "if (of.length <= 1) return [];",
    to: "if (of.length <= 2) return [];",
    seenBy: "edge/site/meaning.test.ts",
  },
  {
    file: "edge/site/compile.ts",
    from: "withheld: withheldAtKey(key)",
    to: "withheld: []",
    seenBy: "edge/site/compile.test.ts",
  },
  {
    file: "edge/site/diff-key.ts",
    from: "each.uses <= had.uses",
    to: "each.uses >= had.uses",
    seenBy: "edge/site/diff.test.ts",
  },
  {
    file: "edge/site/diff-key.ts",
    from: "!isWithin(doorsOf(is), doorsOf(was))",
    to: "!isWithin(doorsOf(was), doorsOf(is))",
    seenBy: "edge/site/diff.test.ts",
  },
  {
    file: "edge/site/weak-code.ts",
    from: "isRun(digits, 1) || isRun(digits, 9)",
    to: "isRun(digits, 1)",
    seenBy: "edge/site/weak-code.test.ts",
  },
  {
    file: "edge/site/weak-code.ts",
    from: "+ 10) % 10 !== step",
    to: "+ 10) % 11 !== step",
    seenBy: "edge/site/weak-code.test.ts",
  },
  {
    file: "edge/site/free-code.ts",
    from: "if (bare(id) >= door.bareCodes)",
    to: "if (bare(id) > door.bareCodes)",
    seenBy: "edge/site/free-code.test.ts",
  },
  {
    file: "edge/site/free-code.ts",
    from: "wanted.now - at < LIMITS.codeCoolDown",
    to: "wanted.now - at <= LIMITS.codeCoolDown",
    seenBy: "edge/site/free-code.test.ts",
  },
  {
    file: "edge/site/free-code.ts",
    from: "taken.flatMap(neighboursOf)",
    to: "taken.slice(1).flatMap(neighboursOf)",
    seenBy: "edge/site/free-code.test.ts",
  },
  {
    file: "protocol/base/random.ts",
    from: "if (word < whole) return word % end;",
    to: "return word % end;",
    seenBy: "protocol/base/random.test.ts",
  },
];

/** OSDP, both roles, and the firmware's reader: facts osdp 2 to 9. */
const OSDP: readonly Mutation[] = [
  {
    file: "protocol/osdp/secure.ts",
    from: "return reply && code === NAK.code;",
    to: "return reply;",
    seenBy: "protocol/osdp/secure.test.ts",
  },
  {
    file: "firmware-sim/controller/files.ts",
    from: "offset + fragment.length <= total",
    to: "offset <= total",
    seenBy: "firmware-sim/controller/reader.test.ts",
  },
  {
    file: "firmware-sim/controller/files.ts",
    from: "file.received === offset",
    to: "file.received >= offset",
    seenBy: "firmware-sim/controller/reader.test.ts",
  },
  {
    file: "firmware-sim/controller/files.ts",
    from: "total <= LIMITS.fileBytes",
    to: "total < LIMITS.fileBytes",
    seenBy: "firmware-sim/controller/reader.test.ts",
  },
  {
    file: "firmware-sim/controller/display.ts",
    from: "column > LIMITS.displayColumns",
    to: "column >= LIMITS.displayColumns",
    seenBy: "firmware-sim/controller/reader.test.ts",
  },
  {
    file: "firmware-sim/controller/display.ts",
    from: "return temporary !== null && now < temporary.until ? temporary.text : permanent;",
    to: "return temporary !== null && now <= temporary.until ? temporary.text : permanent;",
    seenBy: "firmware-sim/controller/reader.test.ts",
  },
  {
    file: "firmware-sim/controller/controller.ts",
    from: "if (!effect.on) abandonFile(turn);",
    to: "",
    seenBy: "firmware-sim/controller/reader.test.ts",
  },
  {
    file: "firmware-sim/controller/controller.ts",
    from: "store(turn, { line: { address: effect.address, baud: effect.baud } });",
    to: "",
    seenBy: "firmware-sim/controller/reader.test.ts",
  },
  {
    file: "protocol/osdp/pd-commands.ts",
    from: "settings: { ...turn.state.settings, address, baud }",
    to: "settings: { ...turn.state.settings, baud }",
    seenBy: "firmware-sim/controller/reader.test.ts",
  },
];

/** The pad and the leaf: d2, d7.1, d9. */
const DOOR: readonly Mutation[] = [
  {
    file: "edge/door/code-entry.ts",
    from: "now >= entry.until ? cleared(entry) : entry",
    to: "now > entry.until ? cleared(entry) : entry",
    seenBy: "edge/door/code-entry.test.ts",
  },
  {
    file: "edge/door/code-entry.ts",
    from: "now < entry.swallowUntil",
    to: "now <= entry.swallowUntil",
    seenBy: "edge/door/code-entry.test.ts",
  },
  {
    file: "edge/door/code-entry.ts",
    from: "entry.digits.length === 0 ? { entry, submitted: null }",
    to: "entry.digits.length === -1 ? { entry, submitted: null }",
    seenBy: "edge/door/code-entry.test.ts",
  },
  {
    file: "edge/door/code-entry.ts",
    from: "entry.digits.length < LIMITS.entryDigits ? entry.digits.use((typed) => new SecretText(typed + key)) : entry.digits",
    to: "entry.digits.use((typed) => new SecretText((typed + key).slice(-LIMITS.codeDigits)))",
    seenBy: "edge/door/code-entry.test.ts",
  },
  {
    file: "edge/door/code-entry.ts",
    from: "return { entry: restarted({ ...entry, digits }, settings, now), submitted: null };",
    to: "return { entry: { ...restarted(entry, settings, now), digits, until: entry.until ?? after(now, settings.timeout) }, submitted: null };",
    seenBy: "edge/door/code-entry.test.ts",
  },
  {
    file: "edge/door/step.ts",
    from: "if (state.online !== true) return unchanged(state);",
    to: "if (state.online === null) return unchanged(state);",
    seenBy: "edge/door/step.test.ts",
  },
  {
    file: "edge/door/step.ts",
    from: 'effects: [{ kind: "strike", release }, record] };',
    to: 'effects: [record, { kind: "strike", release }] };',
    seenBy: "edge/door/step.test.ts",
  },
  {
    file: "edge/door/leaf.ts",
    from: "happened < after(until, LIMITS.releaseSlack)",
    to: "happened <= after(until, LIMITS.releaseSlack)",
    seenBy: "edge/door/step.test.ts",
  },
  {
    file: "edge/door/leaf.ts",
    from: "expected || rules.fire ?",
    to: "expected ?",
    seenBy: "edge/door/step.test.ts",
  },
  {
    file: "edge/door/leaf.ts",
    from: "until > running.until ? until : running.until",
    to: "until",
    seenBy: "edge/door/step.test.ts",
  },
  {
    file: "edge/door/leaf.ts",
    from: "if (now >= limit.held) {",
    to: "if (now > limit.held) {",
    seenBy: "edge/door/step.test.ts",
  },
];

/** What is durable, and which keyset is taken: d7.2 to d7.4, d8.1. */
const JOURNAL: readonly Mutation[] = [
  {
    file: "edge/journal/uses.ts",
    from: "count: count + 1,",
    to: "count: count,",
    seenBy: "edge/journal/journal.test.ts",
  },
  {
    file: "edge/journal/uses.ts",
    from: "const firstAt = this.usesOf(key, issue).firstAt ?? at;",
    to: "const firstAt = at;",
    seenBy: "edge/journal/journal.test.ts",
  },
  {
    file: "edge/journal/uses.ts",
    from: "count + given > held.count + held.given",
    to: "count + given >= held.count + held.given",
    seenBy: "edge/journal/journal.test.ts",
  },
  {
    file: "edge/journal/uses.ts",
    from: "return this.#otps.get(name(key, issue)) ?? 0;",
    to: "return this.#otps.get(name(key, 1)) ?? 0;",
    seenBy: "edge/journal/journal.test.ts",
  },
  {
    file: "edge/journal/journal.ts",
    from: "nextLink(before, encodeRecord(record))",
    to: "nextLink(EMPTY_LINK, encodeRecord(record))",
    seenBy: "edge/journal/journal.test.ts",
  },
  {
    file: "edge/keyset/receive.ts",
    from: "if (offered.number < held.number) return",
    to: "if (offered.number < held.number - 1) return",
    seenBy: "edge/keyset/receive.test.ts",
  },
  {
    file: "edge/keyset/receive.ts",
    from: "offered.digest === held.digest ?",
    to: "offered.digest.length === held.digest.length ?",
    seenBy: "edge/keyset/receive.test.ts",
  },
  {
    file: "edge/keyset/receive.ts",
    from: "bytes.length !== manifest.size || hashOf(bytes) !== manifest.digest",
    to: "bytes.length !== manifest.size",
    seenBy: "edge/keyset/receive.test.ts",
  },
  {
    file: "edge/keyset/receive.ts",
    from: 'if (keyset.site !== place.site) return fail({ kind: "wrong-site" });',
    to: "",
    seenBy: "edge/keyset/receive.test.ts",
  },
  {
    file: "edge/box/recorder.ts",
    from: "end.hash === plan.head.hash",
    to: "end.seq === plan.head.seq + 1",
    seenBy: "test/edge/recorder.test.ts",
  },
  {
    file: "edge/box/recorder.ts",
    from: "plan.changes.length > 0 && end.hash",
    to: "end.hash",
    seenBy: "test/edge/recorder.test.ts",
  },
  {
    file: "edge/box/recorder.ts",
    from: "filter((writing) => !written.has(writing))",
    to: "filter(() => true)",
    seenBy: "test/edge/recorder.test.ts",
  },
  {
    file: "edge/box/recorder.ts",
    from: "this.#lost -= tellsLost",
    to: "this.#lost = 0",
    seenBy: "test/edge/recorder.test.ts",
  },
  {
    file: "edge/box/recorder.ts",
    from: 'this.#write([...this.#backlog]) !== "failed"',
    to: 'this.#write(this.#backlog) !== "failed"',
    seenBy: "test/edge/recorder.test.ts",
  },
];

/** One-time codes, duress, interlock, giving back: facts security 4 and 5, d7.2, d9.4. */
const TOKENS: readonly Mutation[] = [
  {
    file: "edge/access/limits.ts",
    from: "otpLookAhead: 10",
    to: "otpLookAhead: 11",
    seenBy: "edge/access/tokens.test.ts",
  },
  {
    file: "edge/access/limits.ts",
    from: "otpSteps: 1",
    to: "otpSteps: 2",
    seenBy: "edge/access/tokens.test.ts",
  },
  {
    file: "edge/access/limits.ts",
    from: "otpJump: 3",
    to: "otpJump: 4",
    seenBy: "edge/access/tokens.test.ts",
  },
  {
    file: "edge/access/tokens.ts",
    from: "Math.max(0, next, now - LIMITS.otpSteps)",
    to: "Math.max(0, now - LIMITS.otpSteps)",
    seenBy: "edge/access/tokens.test.ts",
  },
  {
    file: "edge/access/tokens.ts",
    from: ".reverse();",
    to: ";",
    seenBy: "edge/access/tokens.test.ts",
  },
  {
    file: "edge/access/tokens.ts",
    from: "Math.max(next, otp.counter)",
    to: "next",
    seenBy: "edge/access/tokens.test.ts",
  },
  {
    file: "edge/access/tokens.ts",
    from: "Math.max(next, otp.counter)",
    to: "otp.counter",
    seenBy: "edge/access/tokens.test.ts",
  },
  {
    file: "edge/access/tokens.ts",
    from: 'if (otp.type === "totp" && !stepsAreKnown(held, attempt)) return [];',
    to: "",
    seenBy: "edge/access/tokens.test.ts",
  },
  {
    file: "edge/access/tokens.ts",
    from: ".slice(0, LIMITS.tokensElsewhere)",
    to: "",
    seenBy: "edge/access/tokens.test.ts",
  },
  {
    file: "edge/access/rules.ts",
    from: "if (uses.superseded === true) return",
    to: "if (uses.superseded === undefined) return",
    seenBy: "edge/access/uses.test.ts",
  },
  {
    file: "edge/access/decide.ts",
    from: "peersClosed !== true",
    to: "peersClosed === false",
    seenBy: "edge/access/interlock.test.ts",
  },
  {
    file: "edge/access/decide.ts",
    from: 'if (isInterlocked(door, attempt)) reasons.push("interlock");',
    to: "",
    seenBy: "edge/access/interlock.test.ts",
  },
  {
    file: "edge/access/decide.ts",
    from: "next: factor + 1",
    to: "next: factor",
    seenBy: "edge/access/tokens.test.ts",
  },
  {
    file: "edge/access/decide.ts",
    from: 'duress: entry.kind === "duress"',
    to: "duress: false",
    seenBy: "test/edge/duress.test.ts",
  },
  {
    file: "edge/access/restrictions.ts",
    from: " && count === 1",
    to: "",
    seenBy: "test/edge/give-back.test.ts",
  },
  {
    file: "edge/box/doors.ts",
    from: 'if (record.event !== "granted") return record;',
    to: 'if (record.event !== "granted" || !duress) return record;',
    seenBy: "test/edge/duress.test.ts",
  },
  {
    file: "edge/box/entry.ts",
    from: "typed.length !== slotLength + DOOR.codeDigits",
    to: "typed.length < slotLength + DOOR.codeDigits",
    seenBy: "test/edge/otp.test.ts",
  },
  {
    file: "edge/box/give-back.ts",
    from: " || key.issue !== use.issue",
    to: "",
    seenBy: "test/edge/give-back.test.ts",
  },
  {
    file: "edge/box/interlock.ts",
    from: " || state.online !== true",
    to: "",
    seenBy: "edge/box/interlock.test.ts",
  },
  {
    file: "edge/box/interlock.ts",
    from: " || state.found.open === true",
    to: "",
    seenBy: "edge/box/interlock.test.ts",
  },
  {
    file: "edge/box/judging.ts",
    from: "if (moves !== null) {",
    to: "if (moves !== null && consumes === null) {",
    seenBy: "test/edge/otp.test.ts",
  },
  {
    file: "edge/box/otp.ts",
    from: "MAX_SECRET_BYTES: LIMITS.otpSecretBytesMax",
    to: "MAX_SECRET_BYTES: 64",
    seenBy: "edge/box/otp.test.ts",
  },
  {
    file: "edge/door/give-back.ts",
    from: ' || position !== "closed"',
    to: "",
    seenBy: "edge/door/give-back.test.ts",
  },
  {
    file: "edge/door/give-back.ts",
    from: "({ ...grant, use: null })",
    to: "({ ...grant })",
    seenBy: "edge/door/give-back.test.ts",
  },
  {
    file: "edge/door/give-back.ts",
    from: "returning: [], awaiting",
    to: "awaiting",
    seenBy: "edge/door/give-back.test.ts",
  },
  {
    file: "edge/door/give-back.ts",
    from: "openedAt >= until",
    to: "openedAt > 0",
    seenBy: "edge/door/give-back.test.ts",
  },
  {
    file: "edge/door/give-back.ts",
    from: "each.heardAt ?? until",
    to: "until",
    seenBy: "edge/door/give-back.test.ts",
  },
  {
    file: "edge/journal/uses.ts",
    from: "issue < (this.#issues.get(key) ?? 0)",
    to: "issue < 0",
    seenBy: "test/edge/once.test.ts",
  },
  {
    file: "edge/journal/uses.ts",
    from: "here.given >= here.count",
    to: "here.given > here.count",
    seenBy: "edge/journal/journal.test.ts",
  },
  {
    file: "edge/site/compile.ts",
    from: 'kind: "duress", index',
    to: 'kind: "pin", index',
    seenBy: "edge/site/compile.test.ts",
  },
  {
    file: "edge/authority/duress.ts",
    from: "store.agreements(edge)",
    to: "store.agreements(edge).slice(0, 1)",
    seenBy: "edge/authority/duress.test.ts",
  },
  {
    file: "protocol/keyset/otp-seal.ts",
    from: "encodeCbor([key, issue, plain])",
    to: "encodeCbor([key, plain])",
    seenBy: "protocol/keyset/otp-seal.test.ts",
  },
  {
    file: "protocol/mqtt/covert.ts",
    from: "encodeCbor([at, door, key])",
    to: "encodeCbor([at, door])",
    seenBy: "protocol/mqtt/covert.test.ts",
  },
];

/** Commands: once, in time, never after a newer one (facts security 8, row 20). */
const COMMANDS: readonly Mutation[] = [
  {
    file: "edge/uplink/orders.ts",
    from: "time >= order.end",
    to: "time > order.end",
    seenBy: "edge/uplink/orders.test.ts",
  },
  {
    file: "edge/uplink/orders.ts",
    from: "order.n <= orders.highest",
    to: "order.n < orders.highest",
    seenBy: "edge/uplink/orders.test.ts",
  },
  {
    file: "edge/uplink/orders.ts",
    from: "digest === order.digest && now < until",
    to: "digest === order.digest",
    seenBy: "edge/uplink/orders.test.ts",
  },
  {
    file: "edge/uplink/orders.ts",
    from: "order.end > after(time, LIMITS.orderAhead)",
    to: "order.end < time",
    seenBy: "edge/uplink/orders.test.ts",
  },
  {
    file: "edge/uplink/inbox.ts",
    from: "signer: root.online, now: null",
    to: "signer: root.keyset, now: null",
    seenBy: "edge/uplink/inbox.test.ts",
  },
  {
    file: "edge/uplink/inbox.ts",
    from: 'order === null ? fail({ kind: "without-end" })',
    to: 'order === null ? ok({ kind: "nothing" })',
    seenBy: "edge/uplink/inbox.test.ts",
  },
  {
    file: "edge/box/commanding.ts",
    from: '[{ kind: "command", executed: done }]',
    to: "[]",
    seenBy: "edge/box/commanding.test.ts",
  },
  {
    file: "edge/box/commanding.ts",
    from: ', changes: [{ kind: "command", executed }] });',
    to: " });",
    seenBy: "edge/box/commanding.test.ts",
  },
  {
    file: "edge/box/commanding.ts",
    from: 'time.trust === "trusted"',
    to: 'time.trust !== "floor-only"',
    seenBy: "edge/box/commanding.test.ts",
  },
  {
    file: "edge/authority/commander.ts",
    from: "waiting.edge !== edge || ",
    to: "",
    seenBy: "edge/authority/commander.test.ts",
  },
  {
    file: "edge/authority/commander.ts",
    from: "Math.max(store.commandNumber(edge) + 1, Math.floor(now()))",
    to: "store.commandNumber(edge) + 1",
    seenBy: "edge/authority/commander.test.ts",
  },
  {
    file: "edge/authority/messages.ts",
    from: "exp: end }",
    to: "exp: null }",
    seenBy: "edge/authority/commander.test.ts",
  },
  {
    file: "edge/uplink/outbox.ts",
    from: "ack.seq < outbox.acked && outbox.unheard",
    to: "ack.seq < outbox.acked",
    seenBy: "edge/uplink/outbox.test.ts",
  },
  {
    file: "edge/authority/issue.ts",
    from: "Math.max(before?.number ?? 0, ahead ?? 0) + 1",
    to: "(before?.number ?? 0) + 1",
    seenBy: "edge/authority/authority.test.ts",
  },
  {
    file: "edge/authority/issue.ts",
    from: "before?.content === content && ahead === null",
    to: "before?.content === content",
    seenBy: "edge/authority/authority.test.ts",
  },
  {
    file: "edge/authority/authority.ts",
    from: "if (!this.#applied.delete(edge)) return;",
    to: "",
    seenBy: "edge/authority/authority.test.ts",
  },
  {
    file: "edge/authority/authority.ts",
    from: "if (!this.#applied.delete(edge)) return;",
    to: "if (!this.#applied.has(edge)) return;",
    seenBy: "edge/authority/authority.test.ts",
  },
];

/** Business hours, First-In, overrides, and how a door is held open: d5.4, d5.5, d6, "Outputs end by themselves". */
const HOURS: readonly Mutation[] = [
  {
    file: "edge/door/hold.ts",
    from: "moment.at < override.until ? override",
    to: "moment.at <= override.until ? override",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: 'if (!known) return shut({ kind: "clock" });',
    to: "",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: 'override.state === "lock" ? override : null',
    to: "override",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: 'if (modeOf(rules, state) === "lockdown") return shut({ kind: "mode" });',
    to: "",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: "if (state.over !== null && isSame(interval, state.over)) return false;",
    to: "",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: "over.from <= at && at < over.to",
    to: "at < over.to",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: "state.override.until <= at ? null",
    to: "state.override.until < at ? null",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: "firstIn.grace + 1",
    to: "firstIn.grace",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: 'key.role === "admin" :',
    to: 'key.role === "user" :',
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: "<= LIMITS.overrideAhead",
    to: "< LIMITS.overrideAhead",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: "end > last ? end : last",
    to: "end < last ? end : last",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: "gap < LIMITS.armedGap",
    to: "gap <= LIMITS.armedGap",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: "state.mode.over !== rules.mode ? null",
    to: "false ? null",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: "schedule: rules.schedule, armed: [], over: null",
    to: "schedule: rules.schedule, over: null",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/door/hold.ts",
    from: "override !== null && at < override.until ? override.until : horizon",
    to: "horizon",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/calendar/standing.ts",
    from: "<= at && at < interval.to",
    to: "< at && at < interval.to",
    seenBy: "edge/door/hold.test.ts",
  },
  {
    file: "edge/calendar/standing.ts",
    from: 'mode === "privacy" || ',
    to: "",
    seenBy: "edge/calendar/timeline.test.ts",
  },
  {
    file: "edge/calendar/standing.ts",
    from: 'if (running.some(isHoliday)) return { state: "locked", cause: causeOf(running, "hours") };',
    to: "",
    seenBy: "edge/calendar/timeline.test.ts",
  },
  {
    file: "edge/calendar/standing.ts",
    from: ".add(firstInstantOf(hours.zone, wallOf(day + 1)))",
    to: "",
    seenBy: "edge/calendar/timeline.test.ts",
  },
  {
    file: "edge/calendar/standing.ts",
    from: "<= at ? shown + 1 : shown",
    to: "<= at ? shown : shown",
    seenBy: "edge/calendar/timeline.test.ts",
  },
  {
    file: "edge/calendar/timeline.ts",
    from: "changes.add(comes);",
    to: "changes.add(from);",
    seenBy: "edge/calendar/timeline.test.ts",
  },
  {
    file: "edge/calendar/timeline.ts",
    from: "last !== undefined && sameStanding(last, standing)",
    to: "last !== undefined && false",
    seenBy: "edge/calendar/timeline.test.ts",
  },
  {
    file: "edge/door/lease.ts",
    from: "if (leasedUntil <= at) return withHold(state, { leasedUntil: null });",
    to: "",
    seenBy: "edge/door/lease.test.ts",
  },
  {
    file: "edge/door/lease.ts",
    from: "if (at > now) return { state, effects: [] };",
    to: "",
    seenBy: "edge/door/lease.test.ts",
  },
  {
    file: "edge/door/lease.ts",
    from: "open ? now : freeAt(state.hold, now)",
    to: "now",
    seenBy: "edge/door/lease.test.ts",
  },
  {
    file: "edge/door/lease.ts",
    from: "fire || hold.open ?",
    to: "hold.open ?",
    seenBy: "edge/door/lease.test.ts",
  },
  {
    file: "edge/door/leaf.ts",
    from: "|| fire || hold.open) return null",
    to: "|| fire) return null",
    seenBy: "edge/door/lease.test.ts",
  },
  {
    file: "edge/door/leaf.ts",
    from: "lease !== null && lease.until > happened ? lease.until : happened",
    to: "happened",
    seenBy: "edge/door/lease.test.ts",
  },
  {
    file: "edge/door/leaf.ts",
    from: "leaf.leases.with(-1, { from: last.from, until: at })",
    to: "leaf.leases",
    seenBy: "edge/door/lease.test.ts",
  },
  {
    file: "edge/door/step.ts",
    from: "const hold = { ...state.hold, renewAt: null };",
    to: "const hold = { ...state.hold };",
    seenBy: "edge/door/lease.test.ts",
  },
  {
    file: "edge/box/holds.ts",
    from: 'hold.open && (!waits || hold.cause.kind === "override")',
    to: "hold.open",
    seenBy: "test/edge/hours-outages.test.ts",
  },
  {
    file: "edge/box/holds.ts",
    from: 'if (event === "mode") this.#applyModes();',
    to: "",
    seenBy: "test/edge/hours.test.ts",
  },
  {
    file: "edge/box/holds.ts",
    from: 'time.trust === "floor-only") return null',
    to: "false) return null",
    seenBy: "test/edge/hours-outages.test.ts",
  },
];

/** Scripts in which steps come again. */
const REPETITION: readonly Mutation[] = [
  {
    file: "firmware-sim/rehearsal/repetition.ts",
    from: "weekday < 5 && !free(day)",
    to: "weekday < 5",
    seenBy: "firmware-sim/rehearsal/repetition.test.ts",
  },
  {
    file: "firmware-sim/rehearsal/repetition.ts",
    from: "(2 * about + 1)) - about",
    to: "(2 * about + 1))",
    seenBy: "firmware-sim/rehearsal/repetition.test.ts",
  },
];

/** What the simulation found, or would. */
const SIMULATED: readonly Mutation[] = [
  {
    file: "edge/box/box.ts",
    from: 'if (to === "floor-only") this.#upstream?.wantTime();',
    to: "",
    seenBy: "test/simulation/simulate.test.ts",
  },
];

/** A rehearsal: its time, and the causes behind its faults. */
const LINE = "firmware-sim/rehearsal/faults/line.test.ts";
const FALLIBLE = "firmware-sim/board/fallible.test.ts";
const BOARD = "firmware-sim/board/faults/board-faults.test.ts";
const REHEARSAL: readonly Mutation[] = [
  {
    file: "firmware-sim/rehearsal/edge-machine.ts",
    from: "while (this.#counted(at) < shown)",
    to: "while (false)",
    seenBy: "firmware-sim/rehearsal/edge-machine.test.ts",
  },
  {
    file: "firmware-sim/board/faults/line.ts",
    from: "fraction(this.#options.random) >= Number(loss.rate)",
    to: "fraction(this.#options.random) < Number(loss.rate)",
    seenBy: LINE,
  },
  {
    file: "firmware-sim/board/faults/line.ts",
    from: 'const inverted = this.#standing.has("swapped-wires");',
    to: "const inverted = false;",
    seenBy: LINE,
  },
  {
    file: "firmware-sim/board/faults/line.ts",
    from: "{ sent: baud, heard: its, inverted } : { sent: its, heard: baud, inverted }",
    to: "{ sent: baud, heard: baud, inverted } : { sent: its, heard: its, inverted }",
    seenBy: LINE,
  },
  {
    file: "firmware-sim/board/faults/line.ts",
    from: "this.#twin.receive(bytes);",
    to: "",
    seenBy: LINE,
  },
  {
    file: "firmware-sim/board/faults/noise.ts",
    from: "ends > from && ends - perByte < to",
    to: "false",
    seenBy: "firmware-sim/board/faults/noise.test.ts",
  },
  {
    file: "firmware-sim/board/faults/board-faults.ts",
    from: 'if (cut?.when === "before")',
    to: "if (false)",
    seenBy: BOARD,
  },
  {
    file: "firmware-sim/board/faults/board-faults.ts",
    from: "if (armed.left > 0)",
    to: "if (armed.left > 1)",
    seenBy: BOARD,
  },
  {
    file: "firmware-sim/board/faults/board-faults.ts",
    from: "if (off && this.#isCut)",
    to: "if (off)",
    seenBy: BOARD,
  },
  {
    file: "firmware-sim/board/faults/board-faults.ts",
    from: "if (drive.energised && this.#weak",
    to: "if (this.#weak",
    seenBy: BOARD,
  },
  {
    file: "firmware-sim/board/faults/board-faults.ts",
    from: 'return this.#armed?.step === "answer";',
    to: "return false;",
    seenBy: "firmware-sim/rehearsal/faults/board.test.ts",
  },
  {
    file: "firmware-sim/board/faults/key-contacts.ts",
    from: "left % 2 === 0",
    to: "left % 2 === 1",
    seenBy: BOARD,
  },
  {
    file: "firmware-sim/board/board.ts",
    from: 'return this.#jam === "held" && this.#isReleased();',
    to: 'return this.#jam === "held";',
    seenBy: BOARD,
  },
  {
    file: "firmware-sim/board/simulated-controller.ts",
    from: "if (!this.#isPowered()) return;",
    to: "",
    seenBy: BOARD,
  },
  {
    file: "firmware-sim/board/simulated-controller.ts",
    from: "this.#faults.switched();",
    to: "",
    seenBy: BOARD,
  },
  {
    file: "firmware-sim/board/fallible.ts",
    from: "if (fault.off && before === undefined)",
    to: "if (false)",
    seenBy: FALLIBLE,
  },
  {
    file: "firmware-sim/board/fallible.ts",
    from: "before?.forgetEnd();",
    to: "",
    seenBy: FALLIBLE,
  },
  {
    file: "firmware-sim/board/fallible.ts",
    from: "{ ...options, ...line, scbk }",
    to: "{ ...options, ...line }",
    seenBy: FALLIBLE,
  },
  {
    file: "firmware-sim/board/fallible.ts",
    from: "this.#line.stop();",
    to: "",
    seenBy: FALLIBLE,
  },
];

/** What a recording holds, and what it must not: docs/recording.md. */
const RECORDING: readonly Mutation[] = [
  {
    file: "edge/box/recording-tape.ts",
    from: 'text.replace(/\\d/g, "•")',
    to: "text",
    seenBy: "firmware-sim/rehearsal/replay.test.ts",
  },
  {
    file: "edge/box/recording-tape.ts",
    from: "this.#now ?? live.monotonic()",
    to: "live.monotonic()",
    seenBy: "test/e2e/recording.test.ts",
  },
  {
    file: "edge/box/recording-tape.ts",
    from: "dueAt !== null && dueAt <= t",
    to: "false",
    seenBy: "edge/box/recording-tape.test.ts",
  },
  {
    file: "edge/box/recording-tape.ts",
    from: "slot: this.#slot(otp.slot)",
    to: "slot: otp.slot",
    seenBy: "firmware-sim/rehearsal/replay.test.ts",
  },
  {
    file: "edge/box/recording-box.ts",
    from: 'topic.includes("/keyset/chunk/") ||',
    to: "",
    seenBy: "test/e2e/recording.test.ts",
  },
  {
    file: "edge/box/recording-tape.ts",
    from: "drawKey: random,",
    to: 'drawKey: (count) => ((key) => (this.#note("random", toHex(key)), key))(random(count)),',
    seenBy: "edge/box/recording-tape.test.ts",
  },
  {
    file: "edge/box/recording-places.ts",
    from: "waiting === -start",
    to: "true",
    seenBy: "edge/box/recording-places.test.ts",
  },
  {
    file: "edge/shell/recording-file.ts",
    from: "this.#size + bytes > this.#limit",
    to: "false",
    seenBy: "edge/shell/recording-file.test.ts",
  },
];

/** What is signed of journal and log, and whether the one leads to the other. */
const CHAIN: readonly Mutation[] = [
  {
    file: "protocol/mqtt/chain.ts",
    from: "concat(link.value, bytes)",
    to: "bytes",
    seenBy: "edge/authority/checkpoints.test.ts",
  },
  {
    file: "edge/box/checkpoints.ts",
    from: "if (this.#uncovered <= 0 || recorder.waiting) return;",
    to: "if (this.#uncovered <= 0) return;",
    seenBy: "edge/box/checkpoints.test.ts",
  },
  {
    file: "edge/box/checkpoints.ts",
    from: "this.#uncovered >= LIMITS.checkpointRecords",
    to: "this.#uncovered > LIMITS.checkpointRecords",
    seenBy: "edge/box/checkpoints.test.ts",
  },
  {
    file: "edge/authority/checkpoints.ts",
    from: "if (link === hash) return [];",
    to: "return [];",
    seenBy: "edge/authority/checkpoints.test.ts",
  },
  {
    file: "edge/authority/checkpoints.ts",
    from: "seq <= store.collectedUpTo(edge, epoch) ?",
    to: "seq < store.collectedUpTo(edge, epoch) ?",
    seenBy: "edge/authority/checkpoints.test.ts",
  },
  {
    file: "edge/authority/checkpoints.ts",
    from: "store.relink(edge, epoch, hash);",
    to: "return [];",
    seenBy: "edge/authority/checkpoints.test.ts",
  },
  {
    file: "edge/authority/log-verify.ts",
    from: "if (hash !== link) this.#fault(",
    to: "if (false) this.#fault(",
    seenBy: "edge/authority/log-verify.test.ts",
  },
  {
    file: "edge/authority/log-verify.ts",
    from: "if (at > chain.at + 1) {",
    to: "if (at > chain.at + 2) {",
    seenBy: "edge/authority/log-verify.test.ts",
  },
  {
    file: "edge/authority/log-verify.ts",
    from: "expected !== undefined && expected !== link",
    to: "false",
    seenBy: "edge/authority/log-verify.test.ts",
  },
  {
    file: "edge/authority/log-lines.ts",
    from: "writeLogLine(line) === text",
    to: "true",
    seenBy: "edge/authority/log-verify.test.ts",
  },
];

export const MUTATIONS: readonly Mutation[] = [
  ...ACCESS,
  ...LOCKOUT,
  ...CALENDAR,
  ...SITE,
  ...OSDP,
  ...DOOR,
  ...JOURNAL,
  ...CHAIN,
  ...TOKENS,
  ...COMMANDS,
  ...HOURS,
  ...REHEARSAL,
  ...SIMULATED,
  ...REPETITION,
  ...RECORDING,
];
