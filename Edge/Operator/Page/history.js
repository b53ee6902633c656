import { el, time, badge, table, facts, addresses, number, bytes, attempts, reports } from "./elements.js";
import { ask } from "./dialogs.js";
import { filterForm, link } from "./filters.js";

const outcomes = { delivered: "delivered", bounced: "bounced", dropped: "dropped" };
const filters = { sender: "Sender", recipient: "Recipient", domain: "Domain", subject: "Subject", messageId: "Message-ID", id: "Message id", olderThan: "Ended before (2h)", youngerThan: "Ended within (30m)" };
const path = id => `history/${encodeURIComponent(id)}`;

/** What ended, the newest first. */
export async function history(api, show, filter) {
  const { cursor, ...asked } = filter;
  const page = await api.get("history", { ...asked, cursor, limit: 100 });
  show([
    el("h1", "History"),
    filterForm("history", asked, [{ name: "outcome", label: "Outcome", words: outcomes }], filters),
    table(["Outcome", "Id", "Ended", "From", "To", "Subject", "Attempts", "Size", "Note"], page.messages, m => [
      badge(m.outcome), el("a", { href: `#/${path(m.id)}`, className: "id" }, m.id), time(m.ended), addresses([m.sender]), addresses(m.recipients, m.recipientCount),
      el("span", { className: "subject", title: m.subject ?? "" }, m.subject ?? ""),
      number(m.attempts), bytes(m.size), m.problem ?? ([m.by, m.reason].filter(Boolean).join(": ") || m.reply || ""),
    ], page.cursor ? "None on this page; there may be some on the next." : "No message that ended matches.", ["", "", "", "", "", "", "number", "number", "note"]),
    el("p", { className: "buttons" },
      page.cursor ? el("a", { href: link("history", { ...asked, cursor: page.cursor }) }, "Next page") : "",
      cursor ? el("a", { href: link("history", asked) }, "First page") : ""),
  ]);
  return cursor ? 0 : 5;
}

/** What became of one message. */
export async function ended(api, show, id, say, failed) {
  const details = await api.get(path(id));
  const m = details.message;
  const client = details.client ?? {};
  show([
    el("h1", `Message ${m.id}`),
    m.outcome === "bounced" ? el("p", { className: "buttons" }, el("button", { type: "button", disabled: !m.contentKept, onclick: () => resend(api, m, say, failed) }, "Resend…"),
      m.contentKept ? "" : el("span", { className: "dim" }, "Its content was not kept: set Storage:KeepContent to keep the content of later bounces.")) : "",
    el("h2", "What became of it"),
    table(["Recipient", "Outcome", "Reply", "Server"], details.recipients, r => [
      addresses([r.recipient]), badge(r.outcome), el("span", { className: "reply" }, r.reply ?? ""), el("span", { className: "address" }, [r.host, r.address, r.tls].filter(Boolean).join(" ")),
    ], "Its recipients cannot be read."),
    el("h2", "Envelope"),
    facts({
      Outcome: badge(m.outcome), Ended: time(m.ended), By: m.by, Reason: m.reason, Received: time(m.received), From: m.sender === undefined ? "" : addresses([m.sender]), Subject: m.subject,
      "Message-ID": m.messageId ? el("span", { className: "id" }, m.messageId) : "", Size: bytes(m.size),
      Attempts: number(m.attempts), "Handed in by": [client.authenticatedAs, client.ip, client.heloName].filter(Boolean).join(", "), Over: client.protocol,
      "Sent again from": m.resentFrom ? el("a", { href: `#/${path(m.resentFrom)}`, className: "id" }, m.resentFrom) : "", "Reports to the sender": reports(details.attempts), Trace: api.trace(details.traceId), Problem: m.problem,
    }),
    el("h2", "Attempts"),
    attempts(api, details.attempts),
  ]);
  return 0;
}

async function resend(api, m, say, failed) {
  if (await ask(`Resend: message ${m.id}`, "", "Resend", false, `To ${number(m.failed)} of its ${number(m.recipientCount)} recipients: those that failed.`) === null) return;
  try {
    const done = await api.post(`${path(m.id)}/resend`, {});
    const there = new Promise(resolve => window.addEventListener("hashchange", resolve, { once: true }));
    location.hash = `#/messages/${encodeURIComponent(done.newId)}`;
    await there;
    say(`Message ${m.id}: sent again as ${done.newId}.`);
  } catch (error) {
    failed(error);
  }
}
