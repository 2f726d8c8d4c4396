import { instant, monotonic } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { LIMITS } from "./limits.ts";
import { type LinkEffect, type LinkInput, type LinkState, startLink, stepLink } from "./link.ts";
import { openOutbox } from "./outbox.ts";

const EPOCH = "00112233445566aa";
const nonce = new Uint8Array(16).fill(7);
const random = () => nonce;

function live(
  inputs: readonly (readonly [number, LinkInput])[],
  from: LinkState,
): { state: LinkState; effects: LinkEffect[] } {
  let state = from;
  const effects: LinkEffect[] = [];
  for (const [ms, input] of inputs) {
    const step = stepLink(state, input, monotonic(ms), random);
    state = step.state;
    effects.push(...step.effects.filter(({ kind }) => kind !== "wake"));
  }
  return { state, effects };
}
const fresh = (acked = 0, head = 0) => startLink(openOutbox(EPOCH, acked, head), 4, monotonic(0));
const connected = (acked = 0, head = 0) =>
  live(
    [
      [0, { kind: "time" }],
      [10, { kind: "connected" }],
    ],
    fresh(acked, head),
  );
const time = { kind: "time" } as const;

test("at a connection: who is here, then the time, then what waits", (t) => {
  const { effects } = connected(0, 3);
  t.same(effects, [
    { kind: "connect", session: 5 },
    { kind: "greet" },
    { kind: "ask-time", nonce },
    { kind: "send", range: { from: 1, to: 3 } },
  ]);
  t.end();
});

test("attempts to connect wait longer each time, up to 15 s, and begin anew after a connection", (t) => {
  let state = fresh();
  const attempts: number[] = [];
  for (let ms = 0; ms < 120_000; ms += 100) {
    const step = live([[ms, time]], state);
    state = step.state;
    if (step.effects.some(({ kind }) => kind === "connect")) {
      attempts.push(ms);
      state = live([[ms, { kind: "closed" }]], state).state;
    }
  }
  t.same(attempts.slice(0, 8), [0, 500, 1500, 3500, 7500, 15_500, 30_500, 45_500]);
  const up = live(
    [
      [200_000, time],
      [200_001, { kind: "connected" }],
      [300_000, { kind: "closed" }],
    ],
    state,
  ).state;
  t.same(live([[300_499, time]], up).effects, []);
  t.match(live([[300_500, time]], up).effects, [{ kind: "connect" }]);
  t.end();
});

test("a broker that lets in and hangs up is not asked more often for it; one that stood is asked again at once", (t) => {
  for (const { stood, attempts } of [
    { stood: LIMITS.stands - 1, attempts: 8 },
    { stood: LIMITS.stands, attempts: 12 },
  ]) {
    let state = fresh();
    let connects = 0;
    for (let ms = 0; ms < 11 * (LIMITS.stands + 500) + 1000; ms += 100) {
      const step = live([[ms, time]], state);
      state = step.state;
      if (!step.effects.some(({ kind }) => kind === "connect")) continue;
      connects += 1;
      state = live(
        [
          [ms, { kind: "connected" }],
          [ms + stood, { kind: "closed" }],
        ],
        state,
      ).state;
    }
    t.equal(connects, attempts, `${stood} ms each`);
  }
  t.end();
});

test("an attempt that hears nothing is given up", (t) => {
  const trying = live([[0, time]], fresh()).state;
  t.same(live([[9_999, time]], trying).effects, []);
  t.same(live([[10_000, time]], trying).effects, [{ kind: "disconnect" }]);
  t.end();
});

test("the signed time: our own nonce, in time, once; then hourly", (t) => {
  const { state } = live([[10, { kind: "sent", range: { from: 1, to: 1 } }]], connected().state);
  const answer = (over: Uint8Array = nonce): LinkInput => ({ kind: "time-answer", nonce: over, now: instant(5000) });
  t.same(live([[20, answer()]], state).effects, [{ kind: "signed-time", now: 5000 }]);
  t.same(live([[20, answer(new Uint8Array(16))]], state).effects, [{ kind: "refused", what: "unasked-time" }]);
  t.same(
    live(
      [
        [20, answer()],
        [21, answer()],
      ],
      state,
    ).effects.at(-1),
    { kind: "refused", what: "unasked-time" },
  );
  t.same(live([[5_011, answer()]], state).effects, [], "an answer that took 5 s says too little");
  const hourly = live(
    [
      [20, answer()],
      [3_600_019, time],
      [3_600_020, time],
    ],
    state,
  ).effects;
  t.same(hourly.slice(1), [{ kind: "ask-time", nonce }]);
  t.same(live([[30_010, time]], state).effects, [{ kind: "ask-time", nonce }], "unanswered: asked again");
  t.end();
});

test("the time is asked for before its hour where it is wanted, once, and not while an answer is on its way", (t) => {
  const asked = { kind: "ask-time", nonce };
  const { state } = connected();
  const want = { kind: "want-time" } as const;
  t.same(live([[11, want]], state).effects, [], "the question of the connection is on its way");
  const known = live([[20, { kind: "time-answer", nonce, now: instant(5000) }]], state).state;
  const again = live(
    [
      [30, want],
      [31, want],
      [32, want],
    ],
    known,
  );
  t.same(again.effects, [asked]);
  const away = live([[40, { kind: "closed" }]], known).state;
  t.same(live([[41, want]], away).effects, [], "nor where nobody would answer");
  t.end();
});

test("an acknowledgement moves the cursor, and the next batch goes", (t) => {
  const { state } = live([[10, { kind: "sent", range: { from: 1, to: 100 } }]], connected(0, 150).state);
  const { effects } = live([[20, { kind: "ack", epoch: EPOCH, seq: 100, oldest: 1 }]], state);
  t.same(effects, [
    { kind: "acked", seq: 100 },
    { kind: "send", range: { from: 101, to: 150 } },
  ]);
  t.same(live([[20, { kind: "ack", epoch: "00".repeat(8), seq: 100, oldest: 1 }]], state).effects, [
    { kind: "refused", what: "other-epoch" },
  ]);
  t.end();
});

test("a new record is sent at once where nothing is on its way, else with the next batch", (t) => {
  const { state } = connected();
  const first = live([[20, { kind: "journal", head: 1 }]], state);
  t.same(first.effects, [{ kind: "send", range: { from: 1, to: 1 } }]);
  const flying = live(
    [
      [20, { kind: "sent", range: { from: 1, to: 1 } }],
      [21, { kind: "journal", head: 2 }],
    ],
    first.state,
  );
  t.same(flying.effects, []);
  t.same(live([[22, { kind: "ack", epoch: EPOCH, seq: 1, oldest: 1 }]], flying.state).effects.at(-1), {
    kind: "send",
    range: { from: 2, to: 2 },
  });
  t.end();
});

test("a lost connection sends nothing; the next one sends what was on its way", (t) => {
  const { state } = live(
    [
      [10, { kind: "sent", range: { from: 1, to: 2 } }],
      [50, { kind: "closed" }],
    ],
    connected(0, 2).state,
  );
  t.same(live([[60, { kind: "journal", head: 3 }]], state).effects, []);
  const { effects } = live(
    [
      [60, { kind: "journal", head: 3 }],
      [550, time],
      [560, { kind: "connected" }],
    ],
    state,
  );
  t.same(effects.at(-1), { kind: "send", range: { from: 1, to: 3 } });
  t.same(effects[0], { kind: "connect", session: 6 });
  t.end();
});
