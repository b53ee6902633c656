import { el, time, bytes, number } from "./elements.js";

const most = 1000; // of one answer

/** The messages, the newest first. */
export class List {
  #api;
  #node;
  #messages = [];
  #search = "";
  #before;
  version = -1;

  constructor(api, node) { [this.#api, this.#node] = [api, node]; }

  /** Asks for as many as are shown, so that what was opened by "Show older" stays. */
  async load(search, opened) {
    const limit = search === this.#search ? Math.min(most, Math.max(100, this.#messages.length)) : 100;
    this.#search = search;
    const page = await this.#api.get("messages", { search, limit });
    // What was typed meanwhile has asked for itself.
    if (search !== this.#search) return page;
    this.version = page.version;
    this.#messages = page.messages;
    this.#before = page.before;
    this.#render(opened);
    return page;
  }

  async #more() {
    const page = await this.#api.get("messages", { search: this.#search, before: this.#before });
    this.#messages.push(...page.messages);
    this.#before = page.before;
    this.#render(decodeURIComponent(location.hash.slice(2)));
  }

  mark(opened) {
    for (const a of this.#node.querySelectorAll("a")) {
      const isOpened = a.dataset.id === opened;
      if (isOpened) { a.setAttribute("aria-current", "true"); a.scrollIntoView({ block: "nearest" }); }
      else a.removeAttribute("aria-current");
    }
  }

  /** The id of the next or the last one; of the first if none is opened. */
  step(opened, by) {
    const at = this.#messages.findIndex(message => message.id === opened);
    return this.#messages[at < 0 ? 0 : at + by]?.id;
  }

  /** What is opened when this one goes. */
  beside(id) { return this.step(id, 1) ?? this.step(id, -1); }

  #render(opened) {
    const focused = this.#node.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
    this.#node.replaceChildren(
      this.#messages.length ? el("ul", this.#messages.map(message => el("li", this.#line(message))))
        : el("p", { className: "empty" }, this.#search ? "No message has these words." : "No mail has arrived yet."),
      this.#before ? el("p", { className: "buttons" }, el("button", { type: "button", onclick: () => this.#more() }, this.#search ? "Search older messages" : "Show older messages")) : "");
    this.mark(opened);
    if (focused) this.#node.querySelector(`a[data-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  #line(message) {
    const more = message.recipientCount - message.recipients.length;
    const line = el("a", { href: `#/${encodeURIComponent(message.id)}`, className: message.read ? "" : "unread" },
      el("span", { className: "who" }, message.read ? "" : el("span", { className: "dot", role: "img", "aria-label": "unread" }), message.from || message.sender || "<>"),
      time(message.received),
      el("span", { className: "what" }, message.subject || "(no subject)"),
      el("span", { className: "to" }, `to ${message.recipients.join(", ")}${more > 0 ? ` and ${number(more)} more` : ""}`),
      el("span", { className: "size" }, message.attachments ? `${number(message.attachments)} attached, ` : "", bytes(message.size)),
      message.preview ? el("span", { className: "preview" }, message.preview) : "");
    line.dataset.id = message.id;
    return line;
  }
}
