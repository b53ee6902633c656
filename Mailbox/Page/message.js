import { el, time, bytes, number, facts, addresses, table } from "./elements.js";

const mostSource = 256 * 1024;

/** A message: who and what, its attachments, and its content in one of four ways. */
export function messageView(api, message, { remove, failed }) {
  const path = `messages/${encodeURIComponent(message.id)}`;
  const save = (part, name) => api.save(part, name).catch(failed);
  const field = name => message.headers.find(header => header.name.toLowerCase() === name)?.value;
  return [
    el("p", { className: "buttons" },
      el("a", { className: "back", href: "#/" }, "All messages"),
      el("button", { type: "button", onclick: () => save(`${path}/content`, `${message.id}.eml`) }, "Download"),
      el("button", { type: "button", onclick: remove }, "Delete")),
    el("h2", message.subject || "(no subject)"),
    facts({
      From: field("from"), To: field("to"), Cc: field("cc"), "Reply to": field("reply-to"), Received: time(message.received), Size: bytes(message.size),
    }),
    el("details", { className: "envelope" }, el("summary", "Envelope"), facts({
      "MAIL FROM": [addresses([message.sender]), " ", Object.entries(message.parameters).map(([name, value]) => value ? `${name}=${value}` : name).join(" ")],
      "RCPT TO": addresses(message.recipients, message.recipientCount),
      Client: [message.client, message.clientAddress ? `[${message.clientAddress}]` : "", `by ${message.protocol}`].filter(Boolean).join(" "),
      Id: el("span", { className: "id" }, message.id),
    })),
    message.problem ? el("p", { className: "paused" }, message.problem) : "",
    message.attachments.length ? el("ul", { className: "attachments", "aria-label": "Attachments to download" }, message.attachments.map(part =>
      el("li", el("button", { type: "button", title: `Download ${part.name}, ${part.type}`, onclick: () => save(`${path}/parts/${part.index}`, part.name) },
        el("span", { className: "name" }, part.name), " ", el("small", bytes(part.size)))))) : "",
    tabs(panels(api, message, path), failed),
  ].filter(node => node !== "");
}

/** Each makes its panel when it is opened. */
function panels(api, message, path) {
  return [
    ["HTML", message.frame && (() => [
      // No scripts, no forms, no origin; a link opens a tab that does not know where it came from.
      el("iframe", { title: "The message's HTML", referrerPolicy: "no-referrer", sandbox: "allow-popups allow-popups-to-escape-sandbox", src: message.frame }),
      el("p", { className: "dim" }, "Shown without the network: images that are not in the message are left out."),
    ])],
    ["Text", message.text !== undefined && (() => [el("pre", { tabIndex: 0, dir: "auto" }, message.text), message.moreText ? el("p", { className: "dim" }, "More follows: download it to see all.") : ""])],
    ["Source", async () => [el("pre", { tabIndex: 0, className: "source" }, await api.text(`${path}/content`, mostSource))]],
    ["Headers", () => [
      table(["Field", "Value"], message.headers, header => [el("span", { className: "address" }, header.name), el("span", { className: "value" }, header.value)], "The message has no header."),
      message.moreHeaders ? el("p", { className: "dim" }, "More follows: look at the source.") : "",
    ]],
  ].filter(([, make]) => make);
}

/** WAI-ARIA's tabs: the arrows move between them. */
function tabs(list, failed) {
  const panel = el("div", { role: "tabpanel", id: "panel" });
  const buttons = list.map(([name, make], i) => el("button", {
    type: "button", role: "tab", id: `tab-${name.toLowerCase()}`, "aria-controls": "panel", onclick: () => open(i),
    onkeydown: event => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: list.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      open((to + list.length) % list.length);
      document.activeElement.closest("[role=tablist]")?.querySelector("[aria-selected=true]").focus();
    },
  }, name));
  let turn = 0;
  async function open(at) {
    const mine = ++turn;
    buttons.forEach((button, i) => { button.setAttribute("aria-selected", `${i === at}`); button.tabIndex = i === at ? 0 : -1; });
    panel.setAttribute("aria-labelledby", buttons[at].id);
    try {
      const content = await list[at][1]();
      if (mine === turn) panel.replaceChildren(...content.filter(node => node !== ""));
    } catch (error) {
      failed(error);
    }
  }
  open(0);
  return el("div", { className: "content" }, el("div", { role: "tablist", "aria-label": "Ways to see it" }, buttons), panel);
}
