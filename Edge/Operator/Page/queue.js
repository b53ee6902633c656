import { Api, KeyNeeded } from "./api.js";
import { el, time, badge, table, facts, addresses, number, bytes, attempts, reports } from "./elements.js";
import { ask, keyDialog, labelOf } from "./dialogs.js";
import { jobs, orderAll, running } from "./jobs.js";
import { rules, addRule, resume, pausedLine } from "./rules.js";
import { filterForm, link } from "./filters.js";
import { sorted, sorts } from "./sorting.js";
import { history, ended } from "./history.js";

const api = new Api();
const main = document.getElementById("main");
const notice = document.getElementById("notice");
let turn = 0; // grows with each view, so that an answer to an older one is dropped
let timer;

// Each with the states in which it means something.
const orders = {
  retry: { title: "Retry now", done: "retried", states: ["scheduled"] },
  hold: { title: "Hold", states: ["due", "scheduled"], label: "Why (for the next operator)", field: "reason", done: "held" },
  release: { title: "Release", states: ["held"], done: "released" },
  reschedule: { title: "Reschedule", states: ["due", "scheduled"], label: "When, as 2026-12-24T08:00:00Z", field: "at", done: "rescheduled" },
  bounce: { title: "Bounce", states: ["due", "scheduled", "held"], label: "What the sender is told", field: "text", done: "marked to be bounced" },
  route: { title: "Send by another route", states: ["due", "scheduled", "held"], field: "via", done: "due now by that route",
    label: async () => `Route: ${[...(await api.get("routes")).routes.map(route => route.name), "default"].join(", ")}` },
  drop: { title: "Drop without a bounce", states: ["due", "scheduled", "held"], done: "dropped" },
};
const filters = { sender: "Sender", recipient: "Recipient", domain: "Domain", subject: "Subject", messageId: "Message-ID", lastError: "Last error", id: "Message id", olderThan: "Older than (2h)", youngerThan: "Younger than (30m)" };
const recipientStates = { completed: "completed", any: "any" };
const states = { due: "due", scheduled: "scheduled", leased: "leased", held: "held" };

function say(text, wrong = false) {
  notice.textContent = text;
  notice.className = wrong ? "wrong" : "";
}

// Views: each fills main, and says after how many seconds it wants to be shown again.

async function overview(show) {
  const [o, { jobs: all }] = await Promise.all([api.get("overview", { limit: 200 }), api.get("jobs")]);
  const going = all.filter(running);
  const counts = { Due: o.due, Scheduled: o.scheduled, Leased: o.leased, Held: o.held, Stored: bytes(o.bytes) };
  show([
    el("h1", "Queue"),
    o.paused ? pausedLine(o.paused, () => act(() => resume(api, {}))) : "",
    o.rules > 0 ? el("p", el("a", { href: "#/rules" }, o.rules === 1 ? "1 rule in force" : `${number(o.rules)} rules in force`)) : "",
    going.map(job => el("p", el("a", { href: "#/jobs" }, `Job ${job.id}`), ` runs: ${job.says}: ${number(job.done)} changed so far`)),
    el("dl", { className: "counts" }, Object.entries(counts).map(([name, value]) => el("div", el("dt", name), el("dd", typeof value === "number" ? number(value) : value)))),
    el("h2", o.complete ? "By destination" : `By destination (estimated from ${number(o.examined)} of the messages)`),
    table(["Domain", "State", "Messages", "Due", "Scheduled", "Leased", "Held", "Bytes", "Oldest", "Order"], o.destinations, d => [
      el("a", { href: link("messages", { domain: d.domain }), className: "address" }, d.domain), state(d),
      ...[d.messages, d.due, d.scheduled, d.leased, d.held].map(number), bytes(d.bytes), time(d.oldest),
      d.paused?.domain === d.domain
        ? el("button", { type: "button", "aria-label": `Resume ${d.domain}`, onclick: () => act(() => resume(api, { domain: d.domain })) }, "Resume")
        : el("button", { type: "button", "aria-label": `Pause ${d.domain}`, onclick: () => act(() => addRule(api, "pause", d.domain)) }, "Pause…"),
    ], "The queue is empty.", ["", "", "number", "number", "number", "number", "number", "number", "", "order"]),
    o.destinationCount > o.destinations.length ? el("p", `And ${number(o.destinationCount - o.destinations.length)} destinations more.`) : "",
    el("h2", "Relays"),
    table(["Name", "Since", "Delivering", "At most"], o.relays, r => [el("span", { className: "address" }, r.name), time(r.started), number(r.delivering), number(r.limit)],
      "No relay is running: nothing is delivered.", ["", "", "number", "number"]),
  ]);
  return 3;
}

const state = d => d.paused ? el("span", { className: "badge paused", title: d.paused.says }, "paused")
  : d.coolingUntil ? [el("span", { className: "badge cooling" }, "cooling down"), server(d), " until ", time(d.coolingUntil), d.lastError ? el("div", { className: "error" }, d.lastError) : ""]
  : d.failingSince ? [el("span", { className: "badge cooling" }, "failing"), server(d), " since ", time(d.failingSince), d.lastError ? el("div", { className: "error" }, d.lastError) : ""]
  : [d.delivering ? el("span", { className: "badge leased" }, `delivering ${number(d.delivering)}`) : "", d.lastError ? el("div", { className: "error" }, d.lastError) : ""];

/** One next hop can serve many domains. */
const server = d => d.server ? [" at ", el("span", { className: "address" }, d.server)] : "";

/** Does what may ask first, and shows what came of it. */
async function act(order) {
  try {
    const done = await order();
    if (!done) return;
    say(done);
  } catch (error) {
    return failed(error);
  }
  route();
}

async function messages(show, filter) {
  const { cursor, sort, ...asked } = filter;
  const mine = turn;
  const page = sorts[sort] ? await sorted(api, asked, sort, seen => { say(`${number(seen)} looked at…`); return mine === turn; })
    : await api.get("messages", { ...asked, cursor, limit: 100 });
  if (sorts[sort] && mine === turn) say(page.seen > page.messages.length ? `The first ${number(page.messages.length)} of ${number(page.seen)}, ${sorts[sort]}.` : "");
  show([
    el("h1", "Messages"),
    filterForm("messages", { ...asked, sort }, [{ name: "state", label: "State", words: states }, { name: "recipientState", label: "Recipients", words: recipientStates, none: "waiting" }, { name: "sort", label: "Order", words: sorts, none: "next attempt first" }], filters),
    el("p", { className: "buttons" }, el("span", { className: "dim" }, "All that match:"), Object.entries(orders).map(([action, order]) =>
      el("button", { type: "button", onclick: () => orderMatching(action, order, asked) }, `${order.title}…`))),
    table(["State", "Id", "When", "From", "To", "Subject", "Attempts", "Size", "Note"], page.messages, m => [
      badge(m.state), el("a", { href: `#/messages/${encodeURIComponent(m.id)}`, className: "id" }, m.id), time(m.heldSince ?? m.due ?? m.leaseUntil), addresses([m.sender]),
      addresses(m.recipients, m.waiting + (m.completed ?? []).length, m.completed), el("span", { className: "subject", title: m.subject ?? "" }, m.subject ?? ""), number(m.attempts), bytes(m.size),
      m.holdReason ?? m.problem ?? (m.relay ? `being delivered by ${m.relay}` : m.paused ? `paused by rule ${m.paused.id}: ${m.paused.reason}` : m.bounceText ? `to be bounced: ${m.bounceText}` : m.lastReply ?? m.destinationError ?? ""),
    ], page.cursor ? "None on this page; there may be some on the next." : "No message matches.", ["", "", "", "", "", "", "number", "number", "note"]),
    el("p", { className: "buttons" },
      page.cursor ? el("a", { href: link("messages", { ...asked, cursor: page.cursor }) }, "Next page") : "",
      cursor ? el("a", { href: link("messages", asked) }, "First page") : ""),
  ]);
  return cursor || sorts[sort] ? 0 : 5;
}

async function message(show, id) {
  const path = `messages/${encodeURIComponent(id)}`;
  let details, why;
  try {
    [details, why] = await Promise.all([api.get(path), api.get(`${path}/why`)]);
  } catch (error) {
    // It may have ended; if not, the queue's word counts.
    if (error.status === 404) return ended(api, show, id, say, failed).catch(() => { throw error; });
    throw error;
  }
  const m = details.message;
  const client = details.client ?? {};
  show([
    el("h1", `Message ${m.id}`),
    el("p", { className: "buttons" }, Object.entries(orders).filter(([, order]) => order.states.includes(m.state === "leased" ? "scheduled" : m.state))
      .map(([action, order]) => el("button", { type: "button", disabled: m.state === "leased", onclick: () => orderOne(action, order, m.id) }, `${order.title}…`))),
    m.state === "leased" ? el("p", { className: "dim" }, "A relay is delivering it. Orders can be given again after this attempt.") : "",
    el("h2", "Why it is not sent yet"),
    el("ul", { className: "why" }, why.recipients.map(r => el("li", r.recipient ? [el("span", { className: "address" }, r.recipient), ": "] : "", r.why))),
    el("h2", "Envelope"),
    facts({
      State: badge(m.state), Received: time(m.received), From: addresses([m.sender]), Subject: m.subject, "Message-ID": m.messageId ? el("span", { className: "id" }, m.messageId) : "", Due: time(m.due), "Lease until": time(m.leaseUntil), "Held since": time(m.heldSince),
      Reason: m.holdReason, Route: m.route, Size: bytes(m.size), Attempts: number(m.attempts), "Handed in by": [client.authenticatedAs, client.ip, client.heloName].filter(Boolean).join(", "),
      Over: client.protocol, "Sent again from": m.resentFrom ? el("a", { href: `#/history/${encodeURIComponent(m.resentFrom)}`, className: "id" }, m.resentFrom) : "", "Reports to the sender": reports(details.attempts), Trace: api.trace(details.traceId), Problem: m.problem,
    }),
    el("h2", "Attempts"),
    attempts(api, details.attempts),
    el("h2", "Content"),
    el("p", { className: "buttons" },
      el("button", { type: "button", onclick: event => source(event, `${path}/content`) }, "Show the source"),
      el("button", { type: "button", onclick: () => api.save(`${path}/content`, `${id}.eml`).catch(failed) }, "Download")),
  ]);
  return m.state === "leased" ? 2 : 5;
}

async function source(event, path) {
  const paragraph = event.target.closest("p");
  try {
    const text = await api.text(path, 256 * 1024);
    turn++; // it stays while it is read
    clearTimeout(timer);
    paragraph.after(el("div", { className: "scroll" }, el("pre", { tabIndex: 0 }, text)));
    event.target.disabled = true;
  } catch (error) {
    failed(error);
  }
}

async function orderOne(action, order, id) {
  try {
    const value = await ask(`${order.title}: message ${id}`, order.field ? await labelOf(order) : "", order.title, !!order.field);
    if (value === null) return;
    const { note } = await api.post(`messages/${encodeURIComponent(id)}/${action}`, order.field ? { [order.field]: value } : {});
    say(`Message ${id}: ${order.done}.${note ? ` ${note}` : ""}`);
  } catch (error) {
    return failed(error);
  }
  if (action === "drop") location.hash = "#/messages";
  else route();
}

async function orderMatching(action, order, filter) {
  try {
    await orderAll(api, action, order, filter, say);
  } catch (error) {
    failed(error);
  }
  route();
}

function failed(error) {
  if (error instanceof KeyNeeded) askForKey();
  else say(error.message, true);
}

async function route() {
  clearTimeout(timer);
  const mine = ++turn;
  const [path, query] = location.hash.slice(1).split("?");
  const parts = path.split("/").filter(Boolean);
  for (const [id, name] of [["to-overview", undefined], ["to-messages", "messages"], ["to-history", "history"], ["to-rules", "rules"], ["to-jobs", "jobs"]]) {
    const a = document.getElementById(id);
    if (parts[0] === name) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
  }
  const show = content => {
    // A field that the operator is typing in stays.
    if (mine !== turn || (main.contains(document.activeElement) && document.activeElement.matches("input, select") && main.dataset.view === location.hash)) return;
    main.dataset.view = location.hash;
    main.replaceChildren(...content.flat().filter(node => node !== ""));
  };
  let again = 5;
  try {
    const asked = Object.fromEntries(new URLSearchParams(query));
    again = parts[0] === "rules" ? await rules(show, api, act)
      : parts[0] === "jobs" ? await jobs(show, api, act)
      : parts[0] === "history" ? await (parts[1] ? ended(api, show, decodeURIComponent(parts[1]), say, failed) : history(api, show, asked))
      : parts[0] !== "messages" ? await overview(show)
      : parts[1] ? await message(show, decodeURIComponent(parts[1]))
      : await messages(show, asked);
    if (notice.className === "wrong") say("");
  } catch (error) {
    if (mine === turn) failed(error);
    if (error instanceof KeyNeeded) return;
  }
  if (again && mine === turn) timer = setTimeout(() => document.hidden || document.querySelector("dialog[open]") ? (timer = setTimeout(route, 1000)) : route(), again * 1000);
}

const askForKey = keyDialog("An operator's key is needed", ["Edge:OperatorKeys"], key => {
  api.key = key;
  start();
});
document.addEventListener("keydown", event => {
  if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "/") { event.preventDefault(); /^#\/(messages|history)(\?|$)/.test(location.hash) ? main.querySelector("input[name=recipient]")?.focus() : location.hash = "#/messages"; }
  else if (event.key === "o") location.hash = "#/";
  else if (event.key === "m") location.hash = "#/messages";
  else if (event.key === "r") location.hash = "#/rules";
  else if (event.key === "j") location.hash = "#/jobs";
  else if (event.key === "h") location.hash = "#/history";
});
window.addEventListener("hashchange", () => { say(""); route().then(() => main.focus({ preventScroll: true })); });

async function start() {
  try {
    await api.start();
    document.getElementById("version").textContent = api.version;
    await route();
  } catch (error) {
    failed(error);
  }
}
start();
