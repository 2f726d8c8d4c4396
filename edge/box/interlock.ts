/**
 * Interlock (d9.4): a grant at one door waits until the doors that it names are closed. Here is whether they are, for
 * the decision at that door; that a grant is refused is edge/access's.
 */
import type { Door } from "./doors.ts";

/** Nobody sees a door without a contact, nor one whose Controller is away: it counts as open, so that nothing is granted. */
export function peersClosed(door: Door, find: (id: string) => Door | undefined): boolean {
  return door.settings.interlock.every((id) => {
    const peer = find(id);
    return peer !== undefined && isClosed(peer);
  });
}

/** What a session found and has not told yet counts where it says open. */
function isClosed({ settings, state }: Door): boolean {
  if (settings.contact === null || state.online !== true || state.found.open === true) return false;
  return state.leaf.position === "closed";
}
