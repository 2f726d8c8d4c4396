/**
 * For tests: a broker that does as it likes. It stands before the true one, passes everything and keeps the messages
 * that came down; turned, it ends all connections and answers the next ones by itself.
 */
import { connect, createServer, type Socket } from "node:net";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { decodeToken, encodeToken } from "@lintel/protocol/mqtt/adoption.ts";

/** What is done to a client once it was let in. */
export type Attack = (socket: Socket) => void;

export interface KeptMessage {
  readonly topic: string;
  readonly payload: Buffer;
}

export class HostileBroker {
  /** What the true broker sent down. */
  readonly kept: KeptMessage[] = [];
  /** What clients sent up through it. */
  readonly said: KeptMessage[] = [];
  /** The first packet of the last client that passed: with it anybody is let in as that client. */
  greeting = Buffer.alloc(0);
  /** Connections let in since it was turned. */
  connections = 0;
  /** Turned, it says of everything it gets that it has it. */
  confirms = true;
  confirmed = 0;
  port = 0;
  #attack: Attack | null = null;
  #target = 0;
  #client: Socket | null = null;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#meet(client));

  listen(): Promise<void> {
    return new Promise((done) =>
      this.#server.listen(0, "127.0.0.1", () => {
        this.port = (this.#server.address() as { port: number }).port;
        done();
      }),
    );
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** The same token, with this broker where it names the true one. */
  through(token: string): string {
    const read = decodeToken(new SecretText(token));
    if (!read.ok) throw new Error(read.error.kind);
    this.#target = Number(new URL(read.value.broker).port);
    return encodeToken({ ...read.value, broker: this.url }).use((text) => text);
  }

  /** Null: honest again. */
  turn(attack: Attack | null): void {
    this.#attack = attack;
    this.connections = 0;
    this.confirmed = 0;
    this.#hangUp();
  }

  /** Says something to the client that passes now, between two messages of the true broker. */
  inject(packet: Buffer): void {
    if (this.#client?.writable !== true) throw new Error("nobody is connected");
    this.#client.write(packet);
  }

  close(): void {
    this.#server.close();
    this.#hangUp();
  }

  #hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #meet(client: Socket): void {
    this.#keep(client);
    if (this.#attack === null) {
      const broker = connect({ host: "127.0.0.1", port: this.#target, noDelay: true });
      this.#keep(broker);
      const packets = new Packets((packet) => keepMessage(packet, this.kept));
      broker.on("data", (bytes) => packets.take(bytes));
      const up = new Packets((packet) => keepMessage(packet, this.said));
      client.on("data", (bytes) => up.take(bytes));
      this.#client = client;
      client.once("data", (bytes) => {
        this.greeting = bytes;
      });
      for (const [from, to] of [
        [client, broker],
        [broker, client],
      ] as const) {
        from.pipe(to);
        from.on("close", () => to.destroy());
      }
      return;
    }
    const attack = this.#attack;
    const packets = new Packets((packet) => {
      if (packet.type >> 4 === 1) {
        this.connections += 1;
        client.write(CONNACK);
        attack(client);
      } else if (this.confirms) {
        const answer = confirmation(packet);
        if (answer === null || !client.writable) return;
        this.confirmed += 1;
        client.write(answer);
      }
    });
    client.on("data", (bytes) => packets.take(bytes));
  }

  #keep(socket: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

function keepMessage({ type, body }: Packet, kept: KeptMessage[]): void {
  if (type >> 4 !== 3) return;
  const topicEnd = 2 + body.readUInt16BE(0);
  const payload = body.subarray(topicEnd + ((type & 6) === 0 ? 0 : 2));
  kept.push({ topic: body.toString("utf8", 2, topicEnd), payload: Buffer.from(payload) });
}

/** Writes what `next` makes for as long as it is taken; null ends it. Never ahead of the reader by more than one piece. */
export function pour(socket: Socket, next: () => Buffer | null): void {
  const go = () => {
    if (socket.destroyed) return;
    const bytes = next();
    if (bytes !== null) socket.write(bytes, () => setImmediate(go));
  };
  go();
}

/** MQTT 3.1.1, 3.2: let in, no session kept. */
export const CONNACK = Buffer.from([0x20, 2, 0, 0]);

export interface Published {
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
  readonly id?: number;
}

/** What an honest broker says to a packet: PUBACK, SUBACK with what was asked for, UNSUBACK, PINGRESP. */
function confirmation({ type, body }: Packet): Buffer | null {
  const number = body.subarray(0, 2);
  switch (type >> 4) {
    case 3: {
      if ((type & 6) === 0) return null;
      const at = 2 + body.readUInt16BE(0);
      return Buffer.from([0x40, 2, body[at]!, body[at + 1]!]);
    }
    case 8: {
      const granted: number[] = [];
      for (let at = 2; at < body.length; at += 3 + body.readUInt16BE(at)) granted.push(1);
      return Buffer.from([0x90, ...remainingLength(2 + granted.length), ...number, ...granted]);
    }
    case 10:
      return Buffer.from([0xb0, 2, ...number]);
    case 12:
      return Buffer.from([0xd0, 0]);
    default:
      return null;
  }
}

/** MQTT 3.1.1, 3.3. */
export function publish(
  topic: string,
  payload: Uint8Array,
  { qos = 1, retain = false, id = 1 }: Published = {},
): Buffer {
  const name = Buffer.from(topic);
  const number = qos === 0 ? [] : [id >> 8, id & 0xff];
  const length = 2 + name.length + number.length + payload.length;
  const type = 0x30 | (qos << 1) | (retain ? 1 : 0);
  const header = [type, ...remainingLength(length), name.length >> 8, name.length & 0xff];
  return Buffer.concat([Buffer.from(header), name, Buffer.from(number), payload]);
}

/** MQTT 3.1.1, 2.2.3: seven bits a byte, the lowest first. */
export function remainingLength(length: number): number[] {
  const bytes: number[] = [];
  for (let left = length; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) | 0x80);
  }
}

interface Packet {
  readonly type: number;
  readonly body: Buffer;
}

/** A stream cut into packets. What the true broker sends is right, so that nothing is checked. */
class Packets {
  readonly #tell: (packet: Packet) => void;
  #rest = Buffer.alloc(0);

  constructor(tell: (packet: Packet) => void) {
    this.#tell = tell;
  }

  take(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      let length = 0;
      let at = 1;
      for (; at < this.#rest.length; at += 1) {
        const byte = this.#rest[at]!;
        length += (byte & 0x7f) * 128 ** (at - 1);
        if ((byte & 0x80) === 0) break;
      }
      const end = at + 1 + length;
      if (at >= this.#rest.length || end > this.#rest.length) return;
      this.#tell({ type: this.#rest[0]!, body: this.#rest.subarray(at + 1, end) });
      this.#rest = this.#rest.subarray(end);
    }
  }
}
