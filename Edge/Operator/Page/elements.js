// Text from a message, a sender or a server is only ever set as text.

export function el(name, ...content) {
  const node = document.createElement(name);
  for (const item of content.flat(3)) {
    if (item instanceof Node || typeof item === "string") node.append(item);
    else if (item) Object.entries(item).forEach(([key, value]) => key in node ? node[key] = value : node.setAttribute(key, value));
  }
  return node;
}

export const number = n => n === undefined || n === null ? "" : n.toLocaleString();

export const messages = n => `${number(n)} ${n === 1 ? "message" : "messages"}`;

export function bytes(n) {
  if (n === undefined || n === null) return "";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
  return `${n >= 100 || i === 0 ? Math.round(n) : n.toFixed(1)} ${units[i]}`;
}

/** The viewer's time zone; the absolute time when the pointer rests on it. */
export function time(text) {
  if (!text) return "";
  const at = new Date(text);
  const today = at.toDateString() === new Date().toDateString();
  return el("time", { dateTime: text, title: at.toISOString() }, today ? at.toLocaleTimeString() : at.toLocaleString());
}

export const badge = kind => kind ? el("span", { className: `badge ${kind}` }, kind === "notSent" ? "not sent" : kind) : "";

export function addresses(list, waiting = 0, completed = []) {
  const shown = (list ?? []).filter(address => address !== undefined && address !== null);
  const more = waiting - shown.length;
  return el("span", shown.map((address, i) => [i ? ", " : "", el("span", { className: "address", title: address }, address === "" ? "<>" : address), i < completed.length ? " (completed)" : ""]), more > 0 ? ` and ${number(more)} more` : "");
}

export function table(names, rows, cells, empty, classes = []) {
  const body = rows.map(row => el("tr", cells(row).map((content, i) => el("td", { "data-label": names[i], className: classes[i] ?? "" }, content === "" || content === undefined ? "" : content))));
  return rows.length === 0 ? el("p", { className: "empty" }, empty) : el("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": `Table: ${names.slice(0, 3).join(", ")}` },
    el("table", { className: "cards" }, el("thead", el("tr", names.map((name, i) => el("th", { scope: "col", className: classes[i] ?? "" }, name)))), el("tbody", body)));
}

export const facts = pairs => el("dl", { className: "facts" }, Object.entries(pairs).filter(([, value]) => Array.isArray(value) ? value.length > 0 : value).map(([name, value]) => [el("dt", name), el("dd", value)]));

/** Links to what the sender was told. */
export const reports = list => list.flatMap(a => a.reports ?? []).map((id, i) => [i ? ", " : "", el("a", { href: `#/messages/${encodeURIComponent(id)}`, className: "id" }, id)]);

/** The newest attempt first, a line for each recipient. */
export const attempts = (api, list) => table(["Time", "Outcome", "Recipient", "Reply", "Server", "Relay", "Trace"], list.toReversed().flatMap(a => a.outcomes.map(o => ({ a, o }))), ({ a, o }) => [
  time(a.started), badge(o.outcome), addresses([o.recipient ?? `recipient ${o.index}`]), el("span", { className: "reply" }, o.reply ?? ""),
  [el("span", { className: "address" }, [o.host, o.address, o.tls].filter(Boolean).join(" ")), a.route ? [" by route ", el("span", { className: "address" }, a.route)] : ""], el("span", { className: "address" }, a.relay), api.trace(a.traceId),
], "Nothing was tried.");
