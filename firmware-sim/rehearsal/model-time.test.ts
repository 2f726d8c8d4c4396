import { instant, millis, monotonic } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { ModelTime } from "./model-time.ts";

const at = monotonic;

test("what is due happens in order of time, and at one time in the order in which it was asked for", (t) => {
  const time = new ModelTime(instant(0));
  const done: string[] = [];
  const note = (name: string) => () => done.push(`${name}@${time.now()}`);
  time.wake(at(5), note("b"));
  time.wake(at(9), note("d"));
  time.wake(at(5), note("c"));
  time.wake(at(1), note("a"));
  time.passTo(at(8));
  t.same(done, ["a@1", "b@5", "c@5"]);
  t.equal(time.now(), 8);
  t.equal(time.pending, 1);
  time.passTo(at(9));
  t.same(done.slice(3), ["d@9"], "what is due at the end itself happens too");
  t.end();
});

test("what was taken back does not happen, and taking it back twice counts once", (t) => {
  const time = new ModelTime(instant(0));
  let done = 0;
  const forget = time.wake(at(5), () => {
    done += 1;
  });
  time.wake(at(7), () => {});
  forget();
  forget();
  t.equal(time.pending, 1);
  time.passTo(at(20));
  t.equal(done, 0);
  t.equal(time.pending, 0);
  t.end();
});

test("what is asked for in the past happens next, and time does not go back for it", (t) => {
  const time = new ModelTime(instant(0));
  time.passTo(at(10));
  let when = -1;
  time.wake(at(3), () => {
    when = time.now();
  });
  time.passTo(at(11));
  t.equal(when, 10);
  t.end();
});

test("a leap puts off all that waits by the same length, and nothing happens in it", (t) => {
  const time = new ModelTime(instant(1_000));
  const done: number[] = [];
  for (const when of [4, 2, 9]) time.wake(at(when), () => void done.push(time.now()));
  time.leap(millis(100));
  t.same([time.now(), time.trueTime(), done], [100, 1_100, []]);
  time.passTo(at(200));
  t.same(done, [102, 104, 109]);
  t.end();
});

test("time that does not go on is a bug, and is called one", (t) => {
  const time = new ModelTime(instant(0));
  const again = () => void time.wake(time.now(), again);
  again();
  t.throws(() => time.passTo(at(1)), /time goes on/);
  t.end();
});

test("a thousand wakes in any order come out in order", (t) => {
  const time = new ModelTime(instant(0));
  const seen: number[] = [];
  for (let count = 0, when = 17; count < 1_000; count += 1, when = (when * 7_919) % 10_007) {
    time.wake(at(when), () => void seen.push(time.now()));
  }
  time.passTo(at(20_000));
  t.equal(seen.length, 1_000);
  t.same(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  t.end();
});
