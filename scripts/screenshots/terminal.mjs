// What the command line says on a terminal, as a picture.
import { execFileSync } from "node:child_process";

const { CLI: cli, OUT: out } = process.env;

/** As a person's terminal has it: script makes one, so the tables fit into its columns. */
const run = (edge, command, columns) => execFileSync("script", ["-qec", `stty cols ${columns}; "${cli}" ${command} --url "${edge}"`, "/dev/null"], { encoding: "utf8", env: { ...process.env, TERM: "xterm" } })
  .replace(/\x1b(\[[0-9;?]*[A-Za-z]|[=>])/g, "").replaceAll("\r", "").split("\n").map(line => line.trimEnd()).join("\n").replace(/^\n+|\n+$/g, "");

const style = `
  :root { color-scheme: light dark; }
  body { margin: 0; padding: 16px; background: light-dark(#fff, #0d1117); width: max-content; }
  pre { margin: 0; padding: 18px 22px; border: 1px solid light-dark(#d0d7de, #30363d); border-radius: 8px; background: light-dark(#f6f8fa, #161b22); color: light-dark(#1f2328, #e6edf3); font: 13px/1.5 "DejaVu Sans Mono", monospace; }
  pre { width: 160ch; white-space: pre-wrap; overflow-wrap: break-word; }
  b { color: light-dark(#0a58b0, #7ab8ff); }`;

export async function terminal(page, name, edge, commands, columns = 160) {
  const said = commands.map(command => [`$ slimta ${command}`, run(edge, command, columns)]);
  await page.goto("about:blank"); // the page before it allows no style
  await page.setContent("<!doctype html><style></style><pre></pre>");
  await page.evaluate(([style, said]) => {
    document.querySelector("style").textContent = style;
    const pre = document.querySelector("pre");
    said.forEach(([command, text], i) => {
      const prompt = document.createElement("b");
      prompt.textContent = `${i ? "\n\n" : ""}${command}\n`;
      pre.append(prompt, text);
    });
  }, [style, said]);
  for (const [scheme, file] of [["light", name], ["dark", `${name}-dark`]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.locator("body").screenshot({ path: `${out}/${file}.png` });
  }
  await page.emulateMedia({ colorScheme: "light" });
  console.log(name);
}
