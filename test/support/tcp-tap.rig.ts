/** For tests: somebody on the way between an edge and its broker, who keeps every byte and can withhold what follows. */
import { connect, createServer, type Socket } from "node:net";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { decodeToken, encodeToken } from "@lintel/protocol/mqtt/adoption.ts";

export class TcpTap {
  /** Every byte that passed or was withheld, in either direction. */
  readonly kept: Buffer[] = [];
  port = 0;
  /** Of what the edge sends, nothing arrives from now on. */
  withholding = false;
  #target: number | null = null;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((edge) => this.#join(edge));

  listen(): Promise<void> {
    return new Promise((done) =>
      this.#server.listen(0, "127.0.0.1", () => {
        this.port = (this.#server.address() as { port: number }).port;
        done();
      }),
    );
  }

  /** The same token, with this tap where it names the broker. */
  through(token: string): string {
    const read = decodeToken(new SecretText(token));
    if (!read.ok) throw new Error(read.error.kind);
    this.#target = Number(new URL(read.value.broker).port);
    return encodeToken({ ...read.value, broker: `mqtt://127.0.0.1:${this.port}` }).use((text) => text);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(edge: Socket): void {
    const broker = connect({ host: "127.0.0.1", port: this.#target!, noDelay: true });
    edge.setNoDelay(true);
    for (const [from, to] of [
      [edge, broker],
      [broker, edge],
    ] as const) {
      this.#sockets.add(from);
      from.on("data", (bytes) => {
        this.kept.push(bytes);
        if (from === broker || !this.withholding) to.write(bytes);
      });
      from.on("error", () => {});
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
