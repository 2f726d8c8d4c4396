/** The authority as a child. It takes longest to begin, so it may be started before the rest of a site is even read. */
import { type Child, type ChildOptions, startChild } from "./child.ts";

export interface AuthorityChildOptions extends Omit<ChildOptions, "args"> {
  readonly data: string;
  readonly keyvault: string;
  /** Further arguments of `lintel authority`: its ports. */
  readonly ports: readonly string[];
}

export function startAuthority({ data, keyvault, ports, ...rest }: AuthorityChildOptions): Promise<Child> {
  return startChild({ args: ["authority", "--data", data, "--keyvault", keyvault, ...ports], ...rest });
}
