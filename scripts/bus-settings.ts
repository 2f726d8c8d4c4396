/** `--bus ID=PATH`, as often as there are buses: which serial port a line is on. */
import { isId } from "@lintel/protocol/base/ids.ts";
import { wrongUse } from "./command.ts";

/** `b1=/dev/ttyUSB0` each. */
export function readBuses(settings: readonly string[]): ReadonlyMap<string, string> {
  const buses = new Map<string, string>();
  for (const setting of settings) {
    const at = setting.indexOf("=");
    const [id, path] = [setting.slice(0, at), setting.slice(at + 1)];
    if (at < 1 || path === "") throw wrongUse(`--bus ${setting}: it reads ID=PATH, like --bus b1=/dev/ttyUSB0`);
    if (!isId(id)) throw wrongUse(`--bus ${id}: a bus id is a to z, 0 to 9 and -`);
    if (buses.has(id)) throw wrongUse(`--bus ${id} stands twice`);
    buses.set(id, path);
  }
  return buses;
}
