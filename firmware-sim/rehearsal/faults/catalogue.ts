/** Every fault that a rehearsal knows, by its name. */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { DEVICE_FAULTS } from "../../board/faults/catalogue.ts";
import type { FaultKind } from "../../board/faults/fault.ts";
import { EDGE_FAULTS } from "./edge.ts";

const ALL: readonly FaultKind[] = [...DEVICE_FAULTS, ...EDGE_FAULTS];

export const FAULTS: ReadonlyMap<string, FaultKind> = new Map(ALL.map((kind) => [kind.name, kind]));

invariant(FAULTS.size === ALL.length, "every fault has a name of its own", { faults: ALL.length, names: FAULTS.size });
