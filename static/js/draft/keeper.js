// One form: what is typed into it is kept after a short rest, tried again while it cannot be, and offered again later.
import { fill, missing, read } from "./fields.js";
import { ask } from "./server.js";

const REST_MS = 1500;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60000;

export class Keeper {
  isDirty = false;
  word = "";
  #over = "";
  #offered = null;
  #pause = FIRST_PAUSE_MS;
  #timer = 0;

  constructor(form, { head, offer, tell }) {
    Object.assign(this, { form, head, offer, tell });
  }

  get seen() {
    return this.form.elements[this.head.dataset.seen];
  }

  // On opening the form, and when another window turns out to keep a draft of it.
  async look() {
    const answer = await ask(this.head, "GET");
    const { draft } = answer;
    if (answer.word !== "kept") this.tell(answer.word === "offline" ? { word: "" } : answer);
    else if (draft?.window === this.head.dataset.window) this.changed();
    else if (draft && missing(this.form, draft.fields).length) this.#suggest(draft);
    else if (draft) await ask(this.head, "DELETE", draft);
    return answer;
  }

  changed() {
    this.isDirty = true;
    this.#again(REST_MS);
  }

  async keep() {
    clearTimeout(this.#timer);
    if (this.#offered) return this.#told({ word: "undecided" });
    this.isDirty = false;
    const { window } = this.head.dataset;
    const title = document.querySelector("h1").textContent.trim().replace(/\s+/g, " ").slice(0, 200);
    const body = { window, title, seen: this.seen?.value ?? "", over: this.#over, fields: read(this.form) };
    const answer = await ask(this.head, "PUT", { body });
    if (answer.word === "kept") [this.#over, this.#pause] = ["", FIRST_PAUSE_MS];
    else this.isDirty = true;
    if (answer.word === "offline") this.#again((this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS)));
    if (answer.word === "stale") await this.look();
    return this.#told(answer);
  }

  // Before saving: is there a connection, and is it still this person who is signed in?
  async check() {
    return this.#offered ? this.#told(await ask(this.head, "GET")) : this.keep();
  }

  async decide(use) {
    const { version, seen, fields } = this.#offered;
    this.#offered = null;
    this.offer.hide();
    if (!use && (await ask(this.head, "DELETE", { version })).word === "stale") return this.look();
    if (use) {
      this.#over = version;
      if (this.seen) this.seen.value = seen;
      this.offer.leftOver(fill(this.form, fields));
    }
    return use || this.isDirty ? this.keep() : this.tell({ word: "" });
  }

  #suggest(draft) {
    this.#offered = draft;
    this.offer.show(draft, { hasChanged: Boolean(this.seen) && this.seen.value !== draft.seen });
  }

  #again(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(), pause);
  }

  #told(answer) {
    this.word = answer.word;
    this.tell(answer);
    return answer;
  }
}
