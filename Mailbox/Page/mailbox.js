import { Api, KeyNeeded } from "./api.js";
import { el, number, messages } from "./elements.js";
import { ask, keyDialog } from "./dialogs.js";
import { List } from "./list.js";
import { messageView } from "./message.js";

const api = new Api("");
const find = id => document.getElementById(id);
const pane = find("message");
const search = find("search");
const list = new List(api, find("list"));
let turn = 0; // grows with each message that is opened, so that an answer to an older one is dropped
let shown = "";

let said;
function say(text, wrong = false) {
  clearTimeout(said);
  if (text && !wrong) said = setTimeout(() => say(""), 8000);
  find("notice").textContent = text;
  find("notice").className = wrong ? "wrong" : "";
}

function failed(error) {
  if (error instanceof KeyNeeded) askForKey();
  else say(error.message, true);
}

/** Does it, and says what went wrong. */
const attempt = order => order().then(() => { if (find("notice").className === "wrong") say(""); }, failed);

const opened = () => decodeURIComponent(location.hash.slice(2));

async function refresh() {
  const state = await list.load(search.value.trim(), opened());
  find("count").textContent = `${messages(state.count)}${state.unread ? `, ${number(state.unread)} unread` : ""}`;
  find("clear").disabled = state.count === 0;
  document.title = state.unread ? `(${number(state.unread)}) Mailbox` : "Mailbox";
}

async function show() {
  const id = opened();
  document.body.classList.toggle("reading", id !== "");
  list.mark(id);
  if (id === shown) return;
  const mine = ++turn;
  shown = id;
  if (!id) return pane.replaceChildren(el("p", { className: "empty" }, "Choose a message to read it."));
  try {
    const message = await api.get(`messages/${encodeURIComponent(id)}`);
    if (mine !== turn) return;
    pane.replaceChildren(...messageView(api, message, { remove: () => attempt(() => remove(id)), failed }));
    pane.scrollTop = 0;
    if (!message.read) await api.post(`messages/${encodeURIComponent(id)}/read`, {});
  } catch (error) {
    if (mine !== turn) return;
    shown = "";
    if (error.status !== 404) throw error;
    pane.replaceChildren(el("p", { className: "empty" }, "This message is no longer in the mailbox."));
  }
}

async function remove(id) {
  const next = list.beside(id);
  await api.remove(`messages/${encodeURIComponent(id)}`);
  location.hash = next ? `#/${next}` : "#/";
  await refresh();
}

async function clear() {
  const { count } = await api.get("messages", { limit: 1 });
  if (await ask("Delete all messages", "", `Delete ${number(count)}`, false, `The mailbox forgets ${messages(count)}.`) === null) return;
  const { removed } = await api.remove("messages");
  say(`${messages(removed)} deleted.`);
  location.hash = "#/";
  await refresh();
}

/** Looks whether anything has changed; what it costs is one number. */
async function watch() {
  if (!document.hidden && !document.querySelector("dialog[open]"))
    await attempt(async () => { if ((await api.get("version")).version !== list.version) await refresh(); });
  setTimeout(watch, 2000);
}

let typing;
search.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(() => attempt(refresh), 250); });
find("find").addEventListener("submit", event => { event.preventDefault(); clearTimeout(typing); attempt(refresh); });
find("clear").addEventListener("click", () => attempt(clear));
const askForKey = keyDialog("An API key is needed", ["Edge:Http:ApiKeys", "Edge:OperatorKeys"], key => {
  api.key = key;
  attempt(start);
});
addEventListener("hashchange", () => attempt(show));
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target === search) {
    if (event.key === "Escape") search.blur();
    return;
  }
  if (event.key === "/") { event.preventDefault(); search.focus(); search.select(); }
  else if (event.key === "j" || event.key === "k") {
    const next = list.step(opened(), event.key === "j" ? 1 : -1);
    if (next) location.hash = `#/${next}`;
  }
  else if (event.key === "Escape") location.hash = "#/";
  else if (event.key === "Delete" && opened()) attempt(() => remove(opened()));
});

async function start() {
  await refresh();
  await show();
}
attempt(start).then(watch);
