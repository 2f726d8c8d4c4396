/** A command is executed once, in time, and never after a newer one. */
import { type Instant, instant, monotonic } from "@lintel/protocol/base/units.ts";
import fc from "fast-check";
import { test } from "tap";
import { LIMITS } from "./limits.ts";
import { type Executed, judgeOrder, type Order, type Orders, settled, startOrders } from "./orders.ts";

const NOW = instant(1_795_000_000_000);
const at = (ms: number) => monotonic(ms);
const order = (n: number, over: Partial<Order> = {}): Order => ({
  id: new Uint8Array(16).fill(n % 256),
  digest: `${n}`.padStart(64, "0"),
  n,
  act: { kind: "release", door: "front" },
  by: "operator",
  end: instant(NOW + 9000),
  ...over,
});
const done = (n: number): Executed => ({ n, digest: order(n).digest, outcome: { kind: "done" } });
const NEVER = startOrders(null, at(0));
const after5 = settled(NEVER, done(5), at(0));

const judged: readonly {
  name: string;
  orders?: Orders;
  order: Order;
  time?: Instant | null;
  now?: number;
  answer: object;
}[] = [
  { name: "the first", order: order(1), answer: { kind: "execute" } },
  { name: "the next number", orders: after5, order: order(6), answer: { kind: "execute" } },
  { name: "a number far ahead", orders: after5, order: order(Number.MAX_SAFE_INTEGER), answer: { kind: "execute" } },
  {
    name: "another message of the same number",
    orders: after5,
    order: order(5, { digest: "f".repeat(64) }),
    answer: { kind: "refuse", why: "stale", answer: "stale" },
  },
  {
    name: "a lower number",
    orders: after5,
    order: order(4),
    answer: { kind: "refuse", why: "stale", answer: "stale" },
  },
  {
    name: "the very same message",
    orders: after5,
    order: order(5),
    answer: { kind: "again", outcome: { kind: "done" } },
  },
  {
    name: "the very same message after its end",
    orders: after5,
    order: order(5, { end: NOW }),
    answer: { kind: "again", outcome: { kind: "done" } },
  },
  {
    name: "the very same message, the clock lost meanwhile",
    orders: after5,
    order: order(5),
    time: null,
    answer: { kind: "again", outcome: { kind: "done" } },
  },
  {
    name: "the very same message, just within a minute",
    orders: after5,
    order: order(5),
    now: LIMITS.orderKept - 1,
    answer: { kind: "again", outcome: { kind: "done" } },
  },
  {
    name: "the very same message after a minute",
    orders: after5,
    order: order(5),
    now: LIMITS.orderKept,
    answer: { kind: "refuse", why: "stale", answer: "stale" },
  },
  { name: "one ms before its end", order: order(1, { end: instant(NOW + 1) }), answer: { kind: "execute" } },
  {
    name: "at its end exactly (half-open)",
    order: order(1, { end: NOW }),
    answer: { kind: "refuse", why: "expired", answer: "stale" },
  },
  {
    name: "long after its end",
    order: order(1, { end: instant(0) }),
    answer: { kind: "refuse", why: "expired", answer: "stale" },
  },
  {
    name: "with the end as far ahead as it may be",
    order: order(1, { end: instant(NOW + LIMITS.orderAhead) }),
    answer: { kind: "execute" },
  },
  {
    name: "with an end one ms further ahead",
    order: order(1, { end: instant(NOW + LIMITS.orderAhead + 1) }),
    answer: { kind: "refuse", why: "end-too-far", answer: "clock-unknown" },
  },
  {
    name: "with a clock that nobody told",
    order: order(1),
    time: null,
    answer: { kind: "refuse", why: "clock-unknown", answer: "clock-unknown" },
  },
];
for (const { name, orders = NEVER, order: one, time = NOW, now = 0, answer } of judged) {
  test(`a command, ${name}: ${JSON.stringify(answer)}`, (t) => {
    t.same(judgeOrder(orders, one, time, at(now)), answer);
    t.end();
  });
}

test("what was refused for good is refused again, with the same word, and not executed", (t) => {
  const refused = { ...done(7), outcome: { kind: "refused", why: "wrong-end" } as const };
  const orders = settled(after5, refused, at(10));
  t.same(judgeOrder(orders, order(7), NOW, at(20)), { kind: "again", outcome: refused.outcome });
  t.same(judgeOrder(orders, order(6), NOW, at(20)), { kind: "refuse", why: "stale", answer: "stale" });
  t.end();
});

test("what is stored is enough: after a restart the last is answered again, an older one is stale", (t) => {
  const again = startOrders(done(5), at(1_000_000));
  t.same(judgeOrder(again, order(5), NOW, at(1_000_001)), { kind: "again", outcome: { kind: "done" } });
  t.match(judgeOrder(again, order(4), NOW, at(1_000_001)), { why: "stale" });
  t.same(judgeOrder(again, order(6), NOW, at(1_000_001)), { kind: "execute" });
  t.end();
});

test("outcomes are kept of so many commands; of one more the oldest is forgotten, and it is stale", (t) => {
  let orders = NEVER;
  for (let n = 1; n <= LIMITS.ordersKept; n += 1) orders = settled(orders, done(n), at(n));
  t.match(judgeOrder(orders, order(1), NOW, at(100)), { kind: "again" });
  orders = settled(orders, done(LIMITS.ordersKept + 1), at(100));
  t.equal(orders.answered.length, LIMITS.ordersKept);
  t.match(judgeOrder(orders, order(1), NOW, at(100)), { kind: "refuse", why: "stale" });
  t.match(judgeOrder(orders, order(2), NOW, at(100)), { kind: "again" });
  t.end();
});

test("in whatever order and however often they come, with restarts between: each once, and their numbers rise", (t) => {
  const event = fc.oneof(
    fc.integer({ min: 1, max: 1000 }).map((n) => ({ kind: "comes" as const, n })),
    fc.integer({ min: 0, max: 90_000 }).map((ms) => ({ kind: "passes" as const, ms })),
    fc.constant({ kind: "restarts" as const }),
  );
  let executions = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 20, maxLength: 120 }), (events) => {
      let orders = NEVER;
      let now = 0;
      let last: Executed | null = null;
      const executed: number[] = [];
      for (const one of events) {
        if (one.kind === "passes") now += one.ms;
        else if (one.kind === "restarts") orders = startOrders(last, at(now));
        else if (judgeOrder(orders, order(one.n), NOW, at(now)).kind === "execute") {
          last = done(one.n);
          executed.push(one.n);
          orders = settled(orders, last, at(now));
        }
      }
      executions += executed.length;
      return executed.every((n, place) => place === 0 || n > executed[place - 1]!);
    }),
  );
  t.ok(executions > 100);
  t.end();
});
