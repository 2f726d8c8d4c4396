import { monotonic } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import {
  closedDoor,
  type DoorLeaf,
  force,
  isContactOpen,
  leafDue,
  passLeafTime,
  pull,
  push,
  tellStrike,
} from "./leaf.ts";

const at = (ms: number) => monotonic(100_000 + ms);
type Act = readonly [at: number, act: "release" | "lock" | "pull" | "push" | "force"];

const lives: readonly { name: string; acts: readonly Act[]; pulls: readonly boolean[]; contact: readonly number[] }[] =
  [
    { name: "a locked door does not open", acts: [[0, "pull"]], pulls: [false], contact: [] },
    {
      name: "a pull in the travel of the strike waits for the bolt",
      acts: [
        [0, "release"],
        [10, "pull"],
      ],
      pulls: [true],
      contact: [50 + 60],
    },
    {
      name: "a pull after the travel moves the leaf at once",
      acts: [
        [0, "release"],
        [300, "pull"],
      ],
      pulls: [true],
      contact: [300 + 60],
    },
    {
      name: "a re-lock before the bolt was back takes the chance away",
      acts: [
        [0, "release"],
        [10, "pull"],
        [40, "lock"],
      ],
      pulls: [true],
      contact: [],
    },
    {
      name: "a re-lock behind an open leaf leaves it open; closed, it is locked",
      acts: [
        [0, "release"],
        [300, "pull"],
        [500, "lock"],
        [2_000, "push"],
        [4_000, "pull"],
      ],
      pulls: [true, false],
      contact: [360, 2_500],
    },
    {
      name: "force asks no strike",
      acts: [
        [0, "force"],
        [1_000, "push"],
      ],
      pulls: [],
      contact: [60, 1_500],
    },
    { name: "a push on a closed door is nothing", acts: [[0, "push"]], pulls: [], contact: [] },
  ];

for (const { name, acts, pulls, contact } of lives) {
  test(`the leaf: ${name}`, (t) => {
    let door: DoorLeaf = closedDoor(false, at(-1));
    let open = false;
    const pulled: boolean[] = [];
    const changes: number[] = [];
    for (let ms = 0; ms <= 10_000; ms += 10) {
      for (const [when, act] of acts) {
        if (when !== ms) continue;
        if (act === "pull") {
          const moved = pull(door, at(ms));
          pulled.push(moved !== null);
          door = moved ?? door;
        } else if (act === "push") door = push(door, at(ms));
        else if (act === "force") door = force(door, at(ms));
        else door = tellStrike(door, act === "release", at(ms));
      }
      door = passLeafTime(door, at(ms));
      if (isContactOpen(door, at(ms)) !== open) changes.push(ms);
      open = isContactOpen(door, at(ms));
    }
    t.same(pulled, pulls);
    t.same(changes, contact);
    t.equal(leafDue(door, at(10_000)), null, "at rest");
    t.end();
  });
}
