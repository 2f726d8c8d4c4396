/**
 * The serial lines of a site whose `port` is `sim`: each a pseudo-terminal with its simulated Controllers on it, in
 * real time. The edge opens the other end as it would a USB adapter.
 */
import { createHash, randomBytes } from "node:crypto";
import type { SiteBus, SiteDoor } from "@lintel/edge/site/site.ts";
import type { Fingers } from "@lintel/firmware-sim/board/person.ts";
import { type SimulatedController, startSimulated } from "@lintel/firmware-sim/board/simulated-controller.ts";
import { openVirtualPair, type VirtualPort } from "@lintel/hardware/serial/virtual-pair.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { realClock } from "../real-clock.ts";

/** One Controller of a simulated line, and the key it was made with: the same is given to the edge by hand. */
export interface SimulatedDoor {
  readonly door: SiteDoor;
  readonly bus: string;
  readonly scbk: Secret;
  readonly controller: SimulatedController;
}

export interface SimulatedLines {
  /** What the edge opens, per bus id. */
  readonly paths: ReadonlyMap<string, string>;
  readonly doors: readonly SimulatedDoor[];
  close(): Promise<void>;
}

/** Starts a Controller for each door on each line given. Their keys are new at every start and never leave memory. */
export async function startSimulatedLines(
  buses: readonly SiteBus[],
  doors: readonly SiteDoor[],
  fingers: Fingers,
): Promise<SimulatedLines> {
  const lines = await Promise.all(
    buses.map(async (bus) => {
      const port = await openVirtualPair();
      return {
        bus,
        port,
        doors: startLine(
          port,
          bus,
          doors.filter(({ controller }) => controller.bus === bus.id),
          fingers,
        ),
      };
    }),
  );
  return {
    paths: new Map(lines.map(({ bus, port }) => [bus.id, port.path])),
    doors: lines.flatMap((line) => line.doors),
    async close() {
      for (const { controller } of lines.flatMap((line) => line.doors)) controller.stop();
      await Promise.all(lines.map(({ port }) => port.close()));
    },
  };
}

function startLine(port: VirtualPort, bus: SiteBus, doors: readonly SiteDoor[], fingers: Fingers): SimulatedDoor[] {
  const clock = realClock();
  const started: SimulatedDoor[] = [];
  for (const door of doors) {
    const scbk = new Secret(randomBytes(16));
    const link = {
      // As on a pair of wires: what one Controller says is heard by the CP and by every other one.
      write(bytes: Uint8Array) {
        port.write(bytes);
        for (const { controller } of started) if (controller !== own) controller.receive(bytes);
      },
    };
    const own: SimulatedController = startSimulated(
      {
        address: door.controller.address,
        baud: bus.baud,
        scbk,
        install: false,
        clear: false,
        fingers,
        serial: serialOf(door.id),
      },
      link,
      { clock, random: (count) => randomBytes(count) },
    );
    started.push({ door, bus: bus.id, scbk, controller: own });
  }
  port.onBytes((bytes) => {
    for (const { controller } of started) controller.receive(bytes);
  });
  return started;
}

/** Burnt in at the factory: here the door's name stands for it, so that no two are alike and a restart changes none. */
function serialOf(door: string): number {
  return createHash("sha256").update(door).digest().readUInt32LE(0);
}
