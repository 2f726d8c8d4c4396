/**
 * Whoever stands at a pad and tries: what no order of codes, waiting and power cuts gets, and what thirty days of it are
 * worth (domain-rules, "Lockout"; d3.6). Virtual time, the rule itself, and codes judged by the true decision.
 */
import { type Millis, type Powered, powered } from "@lintel/protocol/base/units.ts";
import { attemptOf, indexOf, makeKey, makeKeyset, usedBy } from "@lintel/test/support/access.ts";
import fc from "fast-check";
import t, { test } from "tap";
import { seeded } from "../bus/bus.rig.ts";
import { decide } from "./decide.ts";
import { holdKeyset } from "./hold.ts";
import { LIMITS } from "./limits.ts";
import { AT_REST, ageCounter, type Counter, countsAs, countValid, countWrong, remainingOf } from "./lockout.ts";

// Thousands of days: on a busy machine longer than the usual 30 s.
t.setTimeout(120_000);

const HOUR = 3_600_000;
/** How often the edge stores how far powered time has come. */
const MARK = 30_000;

/**
 * An edge over many lives. Its store has the counter as the last entry left it, and how far powered time had come by
 * then, or by the last mark.
 */
class Pad {
  /** How long the edge truly ran, in ms. */
  ran = 0;
  counter: Counter = AT_REST;
  /** When wrong entries were evaluated, in `ran`. */
  readonly evaluated: number[] = [];
  #start = { ran: 0, powered: 0 };
  #stored = { counter: AT_REST, powered: 0 };

  get now(): Powered {
    return powered(this.#start.powered + this.ran - this.#start.ran);
  }

  get remaining(): Millis {
    return remainingOf(this.counter, this.now);
  }

  wait(length: number): void {
    this.ran += length;
    const run = this.ran - this.#start.ran;
    this.#stored.powered = Math.max(this.#stored.powered, this.#start.powered + run - (run % MARK));
    this.counter = ageCounter(this.counter, this.now).counter;
  }

  reboot(): void {
    this.counter = this.#stored.counter;
    this.#start = { ran: this.ran, powered: this.#stored.powered };
    this.counter = ageCounter(this.counter, this.now).counter;
  }

  /** Answers whether it was looked at. */
  enter(kind: "wrong" | "valid" | "nothing"): boolean {
    if (this.remaining > 0) return false;
    if (kind === "nothing") return true;
    if (kind === "wrong") this.evaluated.push(this.ran);
    const { now } = this;
    this.counter = kind === "wrong" ? countWrong(this.counter, "front", now).counter : countValid(this.counter, now);
    this.#stored = { counter: this.counter, powered: now };
    return true;
  }
}

type Happening =
  | { readonly kind: "wrong" | "valid" | "reboot" }
  /** Until the lock-out is over; where none runs, not at all. */
  | { readonly kind: "wait-it-out" }
  | { readonly kind: "wait"; readonly length: number };

function happen(pad: Pad, happening: Happening): void {
  if (happening.kind === "wait") pad.wait(happening.length);
  else if (happening.kind === "wait-it-out") pad.wait(pad.remaining);
  else if (happening.kind === "reboot") pad.reboot();
  else pad.enter(happening.kind);
}

const waiting = fc
  .oneof(
    fc.integer({ min: 0, max: 40_000 }),
    fc.constantFrom(29_999, 30_000, 600_000, 899_999, HOUR - 1, HOUR, 24 * HOUR - 1, 24 * HOUR),
    fc.integer({ min: 0, max: 2 * HOUR }),
  )
  .map((length): Happening => ({ kind: "wait", length }));
const just = (kind: Exclude<Happening["kind"], "wait">) => fc.constant<Happening>({ kind });
const life = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: just("wrong") },
    { weight: 3, arbitrary: just("valid") },
    { weight: 8, arbitrary: just("wait-it-out") },
    { weight: 2, arbitrary: waiting },
    { weight: 1, arbitrary: just("reboot") },
  ),
  { minLength: 100, maxLength: 400, size: "max" },
);

/** The most evaluated in any 24 h, one end included. */
function mostInADay(times: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [n, time] of times.entries()) {
    while (time - times[first]! >= LIMITS.day) first += 1;
    most = Math.max(most, n - first + 1);
  }
  return most;
}

test("no order of wrong, right, waiting and reboots has more than 60 wrong entries evaluated in any day", (t) => {
  let full = 0;
  fc.assert(
    fc.property(life, (happenings) => {
      const pad = new Pad();
      for (const one of happenings) happen(pad, one);
      const most = mostInADay(pad.evaluated);
      if (most === LIMITS.wrongsPerDay) full += 1;
      return most <= LIMITS.wrongsPerDay;
    }),
    { numRuns: 200 },
  );
  t.ok(full > 3, `${full} of 200 came to the cap`);
  t.end();
});

test("a reboot at any moment never shortens what remains, and makes it at most 60 s longer (d3.5)", (t) => {
  let running = 0;
  fc.assert(
    fc.property(life, fc.integer({ min: 0, max: 900_000 }), (happenings, later) => {
      const pad = new Pad();
      for (const one of happenings) happen(pad, one);
      pad.wait(later);
      const before = pad.remaining;
      if (before > 0) running += 1;
      pad.reboot();
      return pad.remaining >= before && (before === 0 ? pad.remaining <= 60_000 : pad.remaining <= before + 60_000);
    }),
    { numRuns: 200 },
  );
  t.ok(running > 15, `${running} of 200 were locked`);
  t.end();
});

test("a clean hour sets back, whatever was before: four wrong entries have no effect again, and the fifth 30 s", (t) => {
  let tried = 0;
  fc.assert(
    fc.property(life, (happenings) => {
      const pad = new Pad();
      for (const one of happenings) happen(pad, one);
      pad.wait(pad.remaining);
      pad.wait(HOUR);
      const { count, latched, tier, running, wrongs } = pad.counter;
      if (count !== 0 || latched || tier !== 0 || running !== null) return false;
      if (wrongs.length > LIMITS.wrongsPerDay - 6) return true; // The day's cap comes first.
      tried += 1;
      for (let n = 0; n < 4; n += 1) if (!pad.enter("wrong")) return false;
      return pad.remaining === 0 && pad.enter("wrong") && pad.remaining === LIMITS.lockoutFirst;
    }),
    { numRuns: 200 },
  );
  t.ok(tried > 100, `${tried} of 200 had room for five`);
  t.end();
});

// Thirty days at one pad, 4 s a try, with 100 live codes of a million (d3.6).

const LIVE = 100;
const TRY = 4_000;
const DAYS = 30;
const SEEDS = 150;

interface Attack {
  readonly days: number;
  /** Days on which a code was found. */
  readonly found: number;
  /** Guesses that were evaluated. */
  readonly guesses: number;
  /** How often his own code took something off the count. */
  readonly eased: number;
  readonly mostInADay: number;
}

/** Guesses at random for as long as `days`; with `own`, types a valid code of his whenever it takes something off the count. */
function attack(seed: number, days: number, how: { readonly own: boolean; readonly locks: boolean }): Attack {
  const { unit } = seeded(seed);
  const anyCode = () => String(Math.floor(unit() * 1_000_000)).padStart(6, "0");
  const live = [...new Set(Array.from({ length: 2 * LIVE }, anyCode))].slice(0, LIVE);
  const held = holdKeyset(makeKeyset({ keys: live.map((code) => makeKey({ id: code })) }));
  const judge = (code: string) => decide(held, { ...ASKED, entry: { kind: "code", index: indexOf(code) } }, UNUSED);
  const pad = new Pad();
  const foundOn = new Set<number>();
  let guesses = 0;
  let eased = 0;
  const enter = (code: string) => {
    pad.wait(TRY);
    const decision = judge(code);
    if (how.locks) pad.enter(countsAs(decision));
    else if (decision.outcome === "deny") pad.evaluated.push(pad.ran);
    return decision;
  };
  while (pad.ran < days * LIMITS.day) {
    if (how.own && pad.counter.count > 0 && pad.counter.easedAt === null) {
      enter(live[0]!);
      eased += 1;
    }
    const day = Math.floor(pad.ran / LIMITS.day);
    const guess = anyCode();
    guesses += 1;
    if (enter(guess).outcome === "grant") foundOn.add(day);
    // Nobody learns anything before it is over: he waits as long as there is to wait.
    pad.wait(pad.remaining);
  }
  return { days, found: foundOn.size, guesses, eased, mostInADay: mostInADay(pad.evaluated) };
}

const ASKED = attemptOf({});
const UNUSED = usedBy({});

function manyAttacks(how: { readonly own: boolean }) {
  const first = how.own ? 1 + SEEDS : 1;
  const attacks = Array.from({ length: SEEDS }, (_, n) => attack(first + n, DAYS, { ...how, locks: true }));
  const sum = (of: (attack: Attack) => number) => attacks.reduce((total, one) => total + of(one), 0);
  const perDay = sum(({ guesses }) => guesses) / sum(({ days }) => days);
  const formula = 1 - (1 - LIVE / 1_000_000) ** perDay;
  const simulated = sum(({ found }) => found) / sum(({ days }) => days);
  return {
    perDay,
    formula,
    simulated,
    eased: sum(({ eased }) => eased),
    most: Math.max(...attacks.map((one) => one.mostInADay)),
  };
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

for (const { name, own } of [
  { name: "somebody who guesses for 30 days", own: false },
  { name: "an insider who types his own code between his guesses", own: true },
]) {
  test(`${name} finds one of ${LIVE} codes on less than one day in a hundred (d3.6)`, (t) => {
    const { perDay, formula, simulated, eased, most } = manyAttacks({ own });
    t.comment(
      `${LIVE} live codes, ${SEEDS} seeds of ${DAYS} days, ${perDay.toFixed(1)} guesses a day: ` +
        `1-(1-N/10^6)^g = ${percent(formula)}, simulated ${percent(simulated)}`,
    );
    t.ok(formula < 0.01, "by the formula");
    t.ok(simulated < 0.01, "as simulated");
    t.ok(Math.abs(simulated - formula) < 0.003, "and one tells of the other");
    t.equal(eased > 0, own);
    t.equal(most, LIMITS.wrongsPerDay, "sixty a day is what he gets, and no more");
    t.end();
  });
}

test("its twin: without the lock-out most days find one", (t) => {
  const { days, found, guesses } = attack(1, 10, { own: false, locks: false });
  const formula = 1 - (1 - LIVE / 1_000_000) ** (guesses / days);
  t.comment(
    `${guesses / days} guesses a day: 1-(1-N/10^6)^g = ${percent(formula)}, simulated ${percent(found / days)}`,
  );
  t.ok(found / days > 0.6);
  t.end();
});
