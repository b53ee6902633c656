"use strict";

// Text from a message is only ever set as text.
const find = id => document.getElementById(id);
const cell = (content, name) => {
  const td = document.createElement("td");
  td.append(content ?? "");
  if (name) td.className = name;
  return td;
};
const time = text => {
  const at = new Date(text);
  const shown = document.createElement("time");
  shown.dateTime = text;
  shown.title = at.toLocaleString();
  shown.textContent = at.toDateString() === new Date().toDateString() ? at.toLocaleTimeString() : at.toLocaleString();
  return shown;
};
const badge = (text, kind) => {
  const span = document.createElement("span");
  span.className = `badge ${kind.toLowerCase()}`;
  span.textContent = text;
  return span;
};
const address = text => text === "" ? "<>" : text;

const fill = (id, lines, cells, empty) => {
  const section = find(id);
  section.hidden = !lines;
  if (!lines) return;
  const body = section.querySelector("tbody");
  if (lines.length === 0) {
    const nothing = cell(empty, "empty");
    nothing.colSpan = section.querySelectorAll("th").length;
    const row = document.createElement("tr");
    row.append(nothing);
    body.replaceChildren(row);
    return;
  }
  body.replaceChildren(...lines.map(line => {
    const row = document.createElement("tr");
    row.append(...cells(line));
    return row;
  }));
};

const showCounts = queue => {
  find("queue").hidden = !queue;
  if (!queue) return;
  const counts = { Due: queue.due, Scheduled: queue.scheduled, Leased: queue.leased, Held: queue.held, Bytes: queue.bytes };
  find("counts").replaceChildren(...Object.entries(counts).map(([name, value]) => {
    const pair = document.createElement("div");
    const term = document.createElement("dt");
    const number = document.createElement("dd");
    term.textContent = name;
    number.textContent = value.toLocaleString();
    pair.append(term, number);
    return pair;
  }));
};

const show = status => {
  find("roles").textContent = status.roles.toLowerCase();
  find("version").textContent = status.version;
  find("retry").hidden = find("operate").hidden = !/all|edge/i.test(status.roles);
  showProblem(status.problem);
  find("pauses").hidden = !status.pauses?.length;
  find("pauses").textContent = (status.pauses ?? []).map(pause => `${pause}.`).join("\n");
  showCounts(status.queue);
  fill("waiting", status.waiting, line => [
    cell(badge(line.state, line.state)), cell(time(line.time)), cell(line.sender === null ? "" : address(line.sender)), cell(line.recipients),
    cell(line.attempts === null ? "" : String(line.attempts)), cell(line.note), cell(line.traceId, "id")
  ], "Nothing waits.");
  fill("deliveries", status.deliveries, line => [
    cell(time(line.time)), cell(badge(line.outcome, line.outcome)), cell(address(line.sender)), cell(line.recipient),
    cell(line.reply, "reply"), cell(line.host), cell(line.traceId, "id")
  ], "Nothing was delivered yet.");
  find("total").textContent = status.mailbox ? `${status.mailbox.total.toLocaleString()} since the start` : "";
  fill("mailbox", status.mailbox?.messages, line => {
    const link = document.createElement("a");
    link.href = `mailbox/#/${encodeURIComponent(line.id)}`;
    link.textContent = line.subject || "(no subject)";
    return [cell(time(line.received)), cell(address(line.sender)), cell(line.recipients), cell(link), cell(line.size.toLocaleString(), "number")];
  }, "Nothing came yet.");
};

const showProblem = text => {
  find("problem").hidden = !text;
  find("problem").textContent = text ?? "";
};

const refresh = async () => {
  try {
    const answer = await fetch("status", { cache: "no-store" });
    if (answer.ok) show(await answer.json());
    else showProblem(`The server answers ${answer.status}.`);
  } catch {
    showProblem("The server does not answer.");
  }
  setTimeout(refresh, 2000);
};

find("retry").addEventListener("click", async () => {
  await fetch("operator/retry-all", { method: "POST" }).catch(() => showProblem("The server does not answer."));
});

refresh();
