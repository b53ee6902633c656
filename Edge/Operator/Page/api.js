/** The server wants an operator's key. */
export class KeyNeeded extends Error {}

/** An HTTP API: the one under /operator, of which docs/operate.md tells, or another beside its page. */
export class Api {
  #base;
  #trace;
  version = "";

  constructor(base = "../operator/") { this.#base = base; }

  get key() { return sessionStorage.getItem("key") ?? ""; }
  set key(value) { sessionStorage.setItem("key", value); }

  async start() {
    const page = await this.get("page");
    this.version = page.version;
    this.#trace = page.traceUrl;
  }

  get(path, query = {}) {
    const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined && value !== ""));
    return this.#call(`${path}?${text}`).then(answer => answer.json());
  }

  post(path, body) {
    return this.#call(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }).then(answer => answer.json());
  }

  remove(path) {
    return this.#call(path, { method: "DELETE" }).then(answer => answer.json());
  }

  /** The first bytes of it; what follows is not fetched. */
  async text(path, most) {
    const reader = (await this.#call(path)).body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (let taken = 0; ;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      taken += value.length;
      text += decoder.decode(value.subarray(0, value.length - Math.max(0, taken - most)), { stream: true });
      if (taken >= most) {
        await reader.cancel();
        return `${text}\n[more follows: download it to see all]`;
      }
    }
  }

  async save(path, name) {
    const url = URL.createObjectURL(await (await this.#call(path)).blob());
    const a = document.createElement("a");
    a.href = url;
    a.download = name;
    a.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  /** A trace's id, as a link where a setting says where traces are. */
  trace(id) {
    if (!id) return "";
    const node = document.createElement(this.#trace ? "a" : "span");
    node.className = "id";
    node.textContent = id;
    if (this.#trace) {
      node.href = this.#trace.replace("{traceId}", id);
      node.rel = "noreferrer";
    }
    return node;
  }

  async #call(path, options = {}) {
    const headers = { ...options.headers, ...(this.key ? { Authorization: `Bearer ${this.key}` } : {}) };
    let answer;
    try {
      answer = await fetch(`${this.#base}${path}`, { ...options, headers, cache: "no-store" });
    } catch {
      throw new Error("The server does not answer.");
    }
    if (answer.ok) return answer;
    if (answer.status === 401) throw new KeyNeeded();
    const problem = await answer.json().catch(() => ({}));
    const fields = Object.entries(problem.errors ?? {}).map(([field, words]) => `${field}: ${[words].flat().join(" ")}`);
    throw Object.assign(new Error([problem.title ?? `The server answers ${answer.status}.`, problem.detail, ...fields].filter(Boolean).join(" ")), { status: answer.status });
  }
}
