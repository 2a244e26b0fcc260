// A watch on a wrist: MQTT 3.1.1 at QoS 1 with its own password, and no more of the
// protocol than that needs.

import { connect } from "node:net";

const CONNECT = 0x10, CONNACK = 0x20, PUBLISH_QOS_1 = 0x32, PUBACK = 0x40;
const CLEAN_WITH_PASSWORD = 0xc2;
const KEEP_ALIVE_SECONDS = 1200;

const uint16 = (number) => Buffer.from([number >> 8, number & 0xff]);
const text = (words) => {
  const bytes = Buffer.from(words);
  return Buffer.concat([uint16(bytes.length), bytes]);
};
// Length in groups of seven bits, the lowest first.
const lengthOf = (bytes) => {
  const groups = [];
  for (let rest = bytes.length; ; rest >>= 7) {
    groups.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    if (rest <= 0x7f) return Buffer.from(groups);
  }
};
const packet = (type, body) => Buffer.concat([Buffer.from([type]), lengthOf(body), body]);

export class Watch {
  #socket;
  #device;
  #last = 0;
  #waiting = new Map();
  #said = Buffer.alloc(0);

  /** Known to the service, worn by the patient if one is named, and connected. */
  static async of(service, device, patient, start) {
    const { password } = await service.post(`/v1/devices/${device}/credential`);
    if (patient) await service.post("/v1/assignments", { device, patient, start });
    return Watch.connect(service, device, password);
  }

  static async connect(service, device, password) {
    const watch = new Watch(connect(service.mqtt, "127.0.0.1"), device);
    const flags = Buffer.from([4, CLEAN_WITH_PASSWORD]);
    const parts = [text("MQTT"), flags, uint16(KEEP_ALIVE_SECONDS), text(device), text(device), text(password)];
    await watch.#send("connect", packet(CONNECT, Buffer.concat(parts)));
    return watch;
  }

  constructor(socket, device) {
    this.#socket = socket;
    this.#device = device;
    socket.on("data", (part) => this.#hear(part));
    for (const event of ["error", "close"]) socket.on(event, () => this.#refuse());
  }

  /** Publishes; done when it is stored. An object is sent as JSON, a text as it is. */
  say(message, topic = "vitals") {
    const number = (this.#last = (this.#last % 0xffff) + 1);
    const payload = Buffer.from(typeof message === "string" ? message : JSON.stringify(message));
    const parts = [text(`wardlight/v1/${this.#device}/${topic}`), uint16(number), payload];
    return this.#send(number, packet(PUBLISH_QOS_1, Buffer.concat(parts)));
  }

  end() {
    this.#socket.destroy();
  }

  #send(number, bytes) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#socket.write(bytes);
    });
  }

  // Both answers that it waits for are four bytes long.
  #hear(part) {
    this.#said = Buffer.concat([this.#said, part]);
    for (; this.#said.length >= 4; this.#said = this.#said.subarray(4)) {
      const type = this.#said[0];
      const number = type === CONNACK ? "connect" : this.#said.readUInt16BE(2);
      if (type !== PUBACK && (type !== CONNACK || this.#said[3] !== 0)) return this.#socket.destroy();
      this.#waiting.get(number)?.resolve();
      this.#waiting.delete(number);
    }
  }

  #refuse() {
    for (const { reject } of this.#waiting.values()) reject(new Error(`${this.#device} was refused`));
    this.#waiting.clear();
  }
}
