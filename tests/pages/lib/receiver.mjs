// Where alerts are delivered: an address that takes everything, and one that takes nothing.

import { createServer } from "node:http";

/** Ended by `end`; what came is in `taken`. */
export class Receiver {
  taken = [];

  static start() {
    const receiver = new Receiver();
    receiver.server = createServer((request, answer) => receiver.#take(request, answer));
    return new Promise((resolve) => {
      receiver.server.listen(0, "127.0.0.1", () => {
        receiver.host = `127.0.0.1:${receiver.server.address().port}`;
        resolve(receiver);
      });
    });
  }

  /** Settings of a service that may deliver here. */
  settings() {
    return { WARDLIGHT_WEBHOOKS__DANGEROUS_ALLOW_PRIVATE_HOSTS: `["${this.host}"]` };
  }

  #take(request, answer) {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      this.taken.push({ path: request.url, headers: request.headers, body: Buffer.concat(parts).toString() });
      answer.writeHead(request.url.startsWith("/broken") ? 503 : 204).end();
    });
  }

  end() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
