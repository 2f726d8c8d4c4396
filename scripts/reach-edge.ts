/** How a command asks the running edge, and which exit code an unanswered question has. */
import { CommandFailed, EXIT } from "./command.ts";

/** The sentence of an edge that does not run. */
export function edgeNotRunning(data: string): CommandFailed {
  return new CommandFailed(EXIT.unreachable, `no edge runs on ${data}; start it with: lintel edge --data ${data}`);
}
