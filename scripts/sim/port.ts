/**
 * The PATH of `--port`: a serial device, `pty`, `tcp://host:port` or `tcp-listen://host:port`; and a line over it that
 * comes back by itself when the cable was pulled.
 */
import { openSerial, type SerialError, type SerialLink } from "@lintel/hardware/serial/link.ts";
import { listenTcp, openTcp } from "@lintel/hardware/serial/tcp.ts";
import { openVirtualPair } from "@lintel/hardware/serial/virtual-pair.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";

export type PortPath =
  | { readonly kind: "pty" }
  | { readonly kind: "device"; readonly path: string }
  | { readonly kind: "tcp" | "tcp-listen"; readonly host: string; readonly port: number };

/** Null: it looks like an address and is none. Port 0, any free one, is for listening alone. */
export function readPortPath(text: string): PortPath | null {
  if (text === "pty") return { kind: "pty" };
  const scheme = /^(tcp|tcp-listen):\/\//.exec(text)?.[1] as "tcp" | "tcp-listen" | undefined;
  if (scheme === undefined) return text === "" ? null : { kind: "device", path: text };
  const shape = /^[a-z-]+:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})\/?$/.exec(text);
  if (shape === null) return null;
  const port = Number(shape[2]);
  if (port > 65_535 || (port === 0 && scheme === "tcp")) return null;
  return { kind: scheme, host: shape[1]!.replace(/^\[|\]$/g, ""), port };
}

export interface OpenPort {
  /** What the other side opens or connects to, or what was opened. */
  readonly path: string;
  readonly link: SerialLink;
}

export async function openPort(port: PortPath, baud: number): Promise<Result<OpenPort, SerialError>> {
  switch (port.kind) {
    case "pty": {
      const link = await openVirtualPair();
      return ok({ path: link.path, link });
    }
    case "device":
      return named(port.path, await openSerial({ path: port.path, baud }));
    case "tcp": {
      const host = port.host.includes(":") ? `[${port.host}]` : port.host;
      return named(`tcp://${host}:${port.port}`, await openTcp(port.host, port.port));
    }
    case "tcp-listen": {
      const listening = await listenTcp(port.host, port.port);
      return listening.ok ? named(listening.value.path, listening) : listening;
    }
  }
}

function named(path: string, opened: Result<SerialLink, SerialError>): Result<OpenPort, SerialError> {
  return opened.ok ? ok({ path, link: opened.value }) : fail(opened.error);
}
