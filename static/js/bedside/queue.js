// Acts that are on their way, in the order in which they were pressed. Each is sent until the server has answered; the key
// in its form makes it one act however often it arrives. Kept in memory only.
import { send } from "../draft/server.js";

const PAUSE_MS = 3000;
const UNAVAILABLE = 500;
const DONE = 204;

export class Queue {
  #acts = [];
  #timer = 0;
  #isSending = false;

  constructor({ tell, answered }) {
    Object.assign(this, { tell, answered });
  }

  get size() {
    return this.#acts.length;
  }

  // What was typed is read now: whatever happens to the page, this is what is sent.
  add(form) {
    const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
    this.#acts.push({ form, address: form.action, fields, pressed: performance.now() });
    return this.flush();
  }

  async flush() {
    clearTimeout(this.#timer);
    if (this.#isSending) return;
    this.#isSending = true;
    let word = "";
    while (this.size && !word) word = await this.#deliver(this.#acts[0]);
    this.#isSending = false;
    if (this.size) this.#timer = setTimeout(() => this.flush(), PAUSE_MS);
  }

  // Answers with the word for why it has to wait, or with nothing when it is answered.
  async #deliver(act) {
    this.tell(act, "sending");
    const answer = await this.#post(act).catch(() => null);
    let word = "";
    if (!answer || answer.status >= UNAVAILABLE) word = "offline";
    else if (answer.type === "opaqueredirect") word = "signedOut";
    this.tell(act, word);
    if (word) return word;
    this.#acts.shift();
    await this.answered(act, answer.status === DONE ? "" : await answer.text());
    return "";
  }

  #post({ address, fields, pressed }) {
    const waited = Math.floor((performance.now() - pressed) / 1000);
    const body = new URLSearchParams([...fields, ["waited_s", String(waited)]]);
    return send(address, { method: "POST", body, headers: { "X-Queued": "1" } });
  }
}
