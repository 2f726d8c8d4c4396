/**
 * Serial over TCP, for panels and terminal servers that speak so: raw bytes, no telnet. A listener binds loopback only:
 * beyond this machine it would need encryption and credentials, which raw serial over TCP has not (design 4).
 */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { LIMITS } from "./limits.ts";
import { onceClosed, type SerialError, type SerialLink } from "./link.ts";

/** `port` is 1 to 65535. */
export function openTcp(host: string, port: number): Promise<Result<SerialLink, SerialError>> {
  const path = `tcp://${bracketed(host)}:${port}`;
  return new Promise((answer) => {
    const socket = connect({ host, port, noDelay: true });
    const failed = (error: NodeJS.ErrnoException) => {
      socket.destroy();
      answer(fail({ kind: kindOf(error.code), path, why: error.message }));
    };
    socket.setTimeout(LIMITS.tcpConnect, () => failed(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })));
    socket.once("error", failed);
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.off("error", failed);
      answer(ok(linkOver(socket)));
    });
  });
}

export interface TcpListener extends SerialLink {
  /** `tcp://127.0.0.1:PORT`: what the other side connects to. */
  readonly path: string;
}

/**
 * Waits for the other side, one at a time: while one is connected, another is turned away. When it goes, the link
 * stays and waits for the next. `port` 0 takes any free one. Only loopback hosts.
 */
export function listenTcp(host: string, port: number): Promise<Result<TcpListener, SerialError>> {
  const path = `tcp-listen://${bracketed(host)}:${port}`;
  if (!isLoopback(host)) return Promise.resolve(fail({ kind: "beyond-loopback", path, why: "only loopback" }));
  return new Promise((answer) => {
    const caller = oneCaller();
    const server = createServer({ noDelay: true }, caller.meet);
    server.once("error", (error: NodeJS.ErrnoException) =>
      answer(fail({ kind: kindOf(error.code), path, why: error.message })),
    );
    server.listen(port, host, () => {
      const closed = onceClosed();
      answer(
        ok({
          path: `tcp://${bracketed(host)}:${(server.address() as AddressInfo).port}`,
          write: caller.write,
          onBytes: caller.onBytes,
          onClose: closed.listen,
          close: () =>
            new Promise((done) => {
              caller.hangUp();
              server.close(() => {
                closed.tell("closed");
                done();
              });
            }),
        }),
      );
    });
  });
}

/** The one that is connected now, if any. */
function oneCaller() {
  const listeners: ((bytes: Uint8Array) => void)[] = [];
  let peer: Socket | null = null;
  return {
    meet(socket: Socket): void {
      if (peer !== null) {
        socket.destroy();
        return;
      }
      peer = socket;
      socket.on("data", (bytes) => {
        for (const listener of listeners) listener(bytes);
      });
      socket.on("error", () => {});
      socket.on("close", () => {
        peer = null;
      });
    },
    write(bytes: Uint8Array): void {
      if (peer !== null) writeTo(peer, bytes);
    },
    onBytes(listener: (bytes: Uint8Array) => void): void {
      listeners.push(listener);
    },
    hangUp(): void {
      peer?.destroy();
    },
  };
}

/** Whether `host` names this machine and nothing else. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function linkOver(socket: Socket): SerialLink {
  const closed = onceClosed();
  let why = "the other side closed the connection";
  // Read from the start: a socket that nobody reads does not notice its end.
  socket.resume();
  socket.on("error", (error) => {
    why = error.message;
  });
  socket.on("close", () => closed.tell(why));
  return {
    write: (bytes) => writeTo(socket, bytes),
    onBytes: (listener) => void socket.on("data", listener),
    onClose: closed.listen,
    close: () =>
      new Promise((done) => {
        why = "closed";
        if (socket.closed) return done();
        socket.once("close", () => done());
        socket.destroy();
      }),
  };
}

function writeTo(socket: Socket, bytes: Uint8Array): void {
  if (socket.destroyed || socket.writableLength + bytes.length > LIMITS.pendingBytes) return;
  socket.write(bytes);
}

function kindOf(code: string | undefined): SerialError["kind"] {
  switch (code) {
    case "ECONNREFUSED":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
    case "EADDRNOTAVAIL":
      return "missing";
    case "EADDRINUSE":
      return "busy";
    case "EACCES":
      return "forbidden";
    default:
      return "failed";
  }
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
