// Mail over SMTP, word by word.
import { createConnection } from "node:net";

const smtp = Number(process.env.SMTP_PORT);

export const send = (subject, recipient = "you@example.net", content = "\r\nIt is on its way.") => new Promise((resolve, reject) => {
  const words = ["EHLO example.com", "MAIL FROM:<shop@example.com>", `RCPT TO:<${recipient}>`, "DATA", `Subject: ${subject}\r\n${content}\r\n.`, "QUIT"];
  const socket = createConnection(smtp, "localhost");
  socket.setEncoding("utf8");
  socket.on("data", text => text.split("\r\n").forEach(line => {
    if (/^[45]/.test(line)) reject(new Error(line));
    if (/^\d{3} /.test(line) && words.length) socket.write(words.shift() + "\r\n");
  }));
  socket.on("close", resolve);
  socket.on("error", reject);
});

const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="150" height="36" viewBox="0 0 150 36"><rect width="36" height="36" rx="8" fill="#0a58b0"/>
<path d="M9 12h18v13H9z M9 12l9 7 9-7" fill="none" stroke="#fff" stroke-width="2"/><text x="46" y="24" font-family="sans-serif" font-size="18" font-weight="bold" fill="#0a58b0">The shop</text></svg>`;

const html = `<body style="background:#f3f5f8;margin:0;padding:24px"><table align="center" width="560" cellpadding="0" cellspacing="0" style="background:#fff;border-radius:10px;padding:28px">
<tr><td><img src="cid:logo@shop" alt="The shop" width="150" height="36"><h2 style="margin:20px 0 6px">Your order 4711 is on its way</h2>
<p style="margin:0 0 18px;color:#555">Hello Ann, we have handed your parcel to the carrier. It should be with you on Friday.</p></td></tr>
<tr><td><table width="100%" cellpadding="8" style="border-collapse:collapse;font-size:14px"><tr style="background:#eef2f7"><th align="left">Item</th><th>Pieces</th><th align="right">Price</th></tr>
<tr style="border-bottom:1px solid #e5e9ee"><td>Notebook, dotted</td><td align="center">2</td><td align="right">18.00</td></tr>
<tr style="border-bottom:1px solid #e5e9ee"><td>Fountain pen, blue</td><td align="center">1</td><td align="right">24.50</td></tr>
<tr><td><b>Total</b></td><td></td><td align="right"><b>42.50</b></td></tr></table></td></tr>
<tr><td style="padding-top:22px"><a href="https://shop.example.com/orders/4711" style="background:#0a58b0;color:#fff;padding:10px 18px;border-radius:6px;text-decoration:none">Track your parcel</a></td></tr></table></body>`;

const lines = text => Buffer.from(text).toString("base64").replace(/.{76}/g, "$&\r\n");

/** HTML with an image, the same as text, and an invoice. */
export const order = () => send("Your order 4711 is on its way", "ann@example.org", [
  "From: The shop <shop@example.com>", "To: Ann <ann@example.org>", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=m", "",
  "--m", "Content-Type: multipart/alternative; boundary=a", "",
  "--a", "Content-Type: text/plain", "", "Hello Ann, we have handed your parcel to the carrier. It should be with you on Friday.", "",
  "--a", "Content-Type: multipart/related; boundary=r", "",
  "--r", "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: base64", "", lines(html),
  "--r", "Content-Type: image/svg+xml; name=logo.svg", "Content-ID: <logo@shop>", "Content-Transfer-Encoding: base64", "", lines(logo), "--r--", "--a--",
  "--m", "Content-Type: application/pdf; name=invoice-4711.pdf", "Content-Disposition: attachment; filename=invoice-4711.pdf", "Content-Transfer-Encoding: base64", "",
  lines("%PDF-1.4\n".repeat(4000)), "--m--",
].join("\r\n"));
