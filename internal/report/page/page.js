// The findings of the page: filtered by what stands behind the "#" of the address,
// grouped by control, and made into elements only when they are looked at. Text
// goes into the document as text, never as markup.
(function () {
  "use strict";
  const CHUNK = 50;
  const SEVERITIES = ["critical", "high", "medium", "low", "info"];
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const number = (n) => n.toLocaleString("en-US");
  const plural = (n, word) => number(n) + " " + word + (n === 1 ? "" : "s");

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const name in attributes) {
      if (attributes[name] != null) node.setAttribute(name, attributes[name]);
    }
    for (const child of children) {
      if (child != null && child !== "") node.append(child);
    }
    return node;
  }

  // prose turns the backticks of documentation into code elements.
  function prose(tag, text, before) {
    const node = el(tag, {}, before);
    text.split("`").forEach((part, i) => node.append(i % 2 ? el("code", {}, part) : part));
    return node;
  }

  // ---- what is asked for

  const state = { q: "", sev: new Set(), control: "", ns: "", layer: "", accepted: false };

  function readAddress() {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) return false; // an anchor of the page
    const asked = new URLSearchParams(hash);
    state.q = asked.get("q") || "";
    state.sev = new Set((asked.get("sev") || "").split(",").filter((s) => SEVERITIES.includes(s)));
    for (const name of ["control", "ns", "layer"]) state[name] = asked.get(name) || "";
    state.accepted = asked.get("accepted") === "1";
    return hash !== "";
  }

  function writeAddress() {
    const asked = new URLSearchParams();
    if (state.q) asked.set("q", state.q);
    if (state.sev.size) asked.set("sev", SEVERITIES.filter((s) => state.sev.has(s)).join(","));
    for (const name of ["control", "ns", "layer"]) if (state[name]) asked.set(name, state[name]);
    if (state.accepted) asked.set("accepted", "1");
    const text = asked.toString();
    try {
      history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
    } catch (e) { /* some viewers of local files forbid it; the filter works without */ }
  }

  const namespaceOf = (f) => data.objects[f.o][3] || "-";

  function haystack(f) {
    if (f.h === undefined) {
      const c = data.controls[f.c];
      const parts = [c.id, c.title, f.k, f.m, objectText(f.o)];
      for (const e of f.e) parts.push(e[1], e[2], e[3]);
      f.h = parts.join("\n").toLowerCase();
    }
    return f.h;
  }

  function matches(f, words) {
    if (f.x !== undefined && !state.accepted) return false;
    if (state.sev.size && !state.sev.has(f.s)) return false;
    if (state.control && data.controls[f.c].id !== state.control) return false;
    if (state.ns && namespaceOf(f) !== state.ns) return false;
    if (state.layer && data.controls[f.c].layer !== state.layer) return false;
    return words.every((word) => haystack(f).includes(word));
  }

  // ---- what is shown

  const opened = new Set();

  function render() {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const byKey = new Map();
    let shown = 0, all = 0;
    for (const f of data.findings) {
      if (f.x === undefined || state.accepted) all++;
      if (!matches(f, words)) continue;
      shown++;
      const key = f.s + " " + data.controls[f.c].id;
      let group = byKey.get(key);
      if (!group) byKey.set(key, (group = { key, severity: f.s, control: data.controls[f.c], findings: [] }));
      group.findings.push(f);
    }
    const groups = [...byKey.values()].sort((a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.findings.length - a.findings.length || (a.control.id < b.control.id ? -1 : 1));
    const nodes = groups.map((group) => groupNode(group, groups.length === 1));
    if (!nodes.length) nodes.push(el("p", { class: "nothing card" }, all ? "No finding matches the filter." : "There are no findings."));
    $("groups").replaceChildren(...nodes);
    $("shown").hidden = all === 0;
    $("shown").textContent = shown === all
      ? plural(all, "finding") + " of " + plural(groups.length, "kind") + "."
      : number(shown) + " of " + plural(all, "finding") + ", of " + plural(groups.length, "kind") + ".";
  }

  function groupNode(group, alone) {
    const c = group.control;
    const title = el("span", { class: "title" }, c.title, c.title === c.id ? null : el("code", {}, c.id));
    const node = el("details", { class: "group card" },
      el("summary", {}, el("span", { class: "badge " + group.severity }, group.severity), title, el("span", { class: "num" }, number(group.findings.length))));
    node.fill = once(() => fillGroup(node, group));
    node.addEventListener("toggle", () => { if (node.open) node.fill(); });
    // Remembered is what the reader opened, not what opens because it is alone.
    node.firstChild.addEventListener("click", () => opened[node.open ? "delete" : "add"](group.key));
    if (alone || opened.has(group.key)) {
      node.open = true;
      node.fill();
    }
    return node;
  }

  function once(make) {
    let made = false;
    return () => { if (!made) { made = true; make(); } };
  }

  function fillGroup(node, group) {
    const c = group.control;
    const doc = el("div", { class: "doc" });
    if (c.why) doc.append(prose("p", c.why));
    if (c.fix) doc.append(prose("p", c.fix, el("b", {}, "What to do: ")));
    if (c.refs.length) {
      doc.append(el("p", { class: "refs" }, ...c.refs.map(([text, url]) =>
        url ? el("a", { href: url, rel: "noreferrer", target: "_blank" }, text) : el("span", {}, text))));
    }
    const rows = el("div", { class: "rows" });
    const more = el("div", { class: "more" });
    node.append(doc, rows, more);
    let at = 0;
    const show = (n) => {
      const part = document.createDocumentFragment();
      for (const end = Math.min(at + n, group.findings.length); at < end; at++) part.append(findingNode(group.findings[at]));
      rows.append(part);
      const left = group.findings.length - at;
      more.hidden = left === 0;
      if (left) more.replaceChildren(button("Show " + number(Math.min(CHUNK, left)) + " more", () => show(CHUNK)), button("Show all " + number(left) + " left", () => show(left)));
    };
    show(CHUNK);
  }

  function button(text, act) {
    const node = el("button", { type: "button", class: "quiet" }, text);
    node.addEventListener("click", act);
    return node;
  }

  function objectText(i) {
    const [cluster, , kind, namespace, name] = data.objects[i];
    return (cluster ? cluster + ":" : "") + (namespace ? namespace + "/" : "") + name + "[" + kind + "]";
  }

  function objectNode(i) {
    const [cluster, group, kind, namespace, name] = data.objects[i];
    return el("span", { title: group ? kind + " of " + group : kind }, cluster ? cluster + ":" : null, namespace ? namespace + "/" : null, el("b", {}, name), " ", el("span", { class: "kind" }, kind));
  }

  // shownEvidence is the evidence that stands for the finding on its line.
  function shownEvidence(f) {
    const named = f.e.filter((e) => e[1] !== "");
    return named.find((e) => e[0] === f.o) || named[0];
  }

  // tail is the end of a field's path: the part that tells it from others.
  function tail(path) {
    const fields = path.match(/\["(?:[^"\\]|\\.)*"\](?:\[\d+\])*|[^.[]+(?:\[\d+\])*/g) || [];
    if (fields.length < 4) return path;
    return "…" + fields.slice(-2).reduce((text, field) => text + (field[0] === "[" ? "" : ".") + field);
  }

  function findingNode(f) {
    const e = shownEvidence(f);
    const what = e ? tail(e[1]) + (e[2] === "" ? " not set" : " = " + e[2]) : f.m || "";
    const placed = f.e.find((e) => e[3] && e[0] === f.o) || f.e.find((e) => e[3]);
    const place = placed ? placed[3] : "";
    const node = el("details", { class: "finding" },
      el("summary", {},
        el("span", { class: "who" }, objectNode(f.o), f.k ? el("span", { class: "key" }, " · " + f.k) : null),
        el("code", { class: "what", title: e ? e[1] : null }, what),
        f.x === undefined ? el("span", { class: "place", title: place }, place) : el("span", { class: "badge accepted" }, "accepted")));
    const fill = once(() => node.append(bodyNode(f)));
    node.addEventListener("toggle", () => { if (node.open) fill(); });
    return node;
  }

  function bodyNode(f) {
    const body = el("div", { class: "body" }, el("p", {}, f.m || data.controls[f.c].title));
    if (f.x !== undefined) body.append(el("h4", {}, "Accepted"), el("p", {}, f.x));
    if (f.e.length) {
      const lines = f.e.map((e) => el("tr", {}, el("td", {}, objectNode(e[0])), el("td", {}, e[1]),
        e[2] === "" ? el("td", { class: "unset" }, e[1] ? "not set" : "") : el("td", {}, e[2]), el("td", { class: "place" }, e[3])));
      const head = el("tr", {}, ...["Object", "Field", "Value", "Where"].map((text) => el("th", { scope: "col" }, text)));
      body.append(el("h4", {}, "Evidence"), el("div", { class: "scroll" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...lines))));
    }
    (f.f || []).forEach((fix, i, all) => {
      body.append(el("h4", {}, (all.length > 1 ? "Fix " + (i + 1) + " of " + all.length + ", any one will do: " : "Fix: ") + fix.t));
      if (fix.p.length) body.append(el("pre", {}, fix.p.map((p) => patchText(p, f.o)).join("\n")));
      if (fix.d.length) body.append(el("pre", {}, fix.d.map((d) => d[0] + "\n" + d[1].split("\\n").map((line) => "  " + line).join("\n")).join("\n")));
    });
    body.append(el("p", { class: "print" }, "Control " + data.controls[f.c].id + " · fingerprint " + f.i));
    return body;
  }

  function patchText([object, op, path, value], own) {
    const where = object === own ? "" : objectText(object) + ": ";
    return where + op + " " + (path || "the whole object") + (value ? " = " + value : "");
  }

  // ---- controls of the page

  function options(select, title, counts, titles) {
    const names = [...counts.keys()].sort((a, b) => (titles(a) < titles(b) ? -1 : 1));
    select.replaceChildren(el("option", { value: "" }, title), ...names.map((name) => el("option", { value: name }, titles(name) + " (" + number(counts.get(name)) + ")")));
  }

  function tally(of) {
    const counts = new Map();
    for (const f of data.findings) if (f.x === undefined || state.accepted) counts.set(of(f), (counts.get(of(f)) || 0) + 1);
    return counts;
  }

  function fillFilters() {
    if (!$("filters")) return; // nothing to filter
    const control = new Map(data.controls.map((c) => [c.id, c]));
    const layers = new Map(data.controls.map((c) => [c.layer, c.layerTitle]));
    options($("control"), "Every control", tally((f) => data.controls[f.c].id), (id) => control.get(id).title);
    options($("ns"), "Every namespace", tally(namespaceOf), (name) => (name === "-" ? "(cluster-wide)" : name));
    options($("layer"), "Every layer", tally((f) => data.controls[f.c].layer), (id) => layers.get(id));
    const counts = tally((f) => f.s);
    $("sev").replaceChildren(...SEVERITIES.filter((s) => counts.get(s)).map((s) => {
      const chip = el("button", { type: "button", class: "chip", "aria-pressed": String(state.sev.has(s)), "data-sev": s }, s[0].toUpperCase() + s.slice(1));
      chip.addEventListener("click", () => { state.sev[state.sev.has(s) ? "delete" : "add"](s); changed(); });
      return chip;
    }));
  }

  function showState() {
    if (!$("filters")) return;
    $("q").value = state.q;
    for (const name of ["control", "ns", "layer"]) $(name).value = state[name];
    for (const chip of $("sev").children) chip.setAttribute("aria-pressed", String(state.sev.has(chip.dataset.sev)));
    if ($("accepted-too")) $("accepted-too").checked = state.accepted;
    const active = state.q || state.sev.size || state.control || state.ns || state.layer || state.accepted;
    $("reset").hidden = !active;
  }

  function changed() {
    writeAddress();
    showState();
    render();
  }

  function listen() {
    if (!$("filters")) return;
    let timer;
    $("q").addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => { state.q = $("q").value; changed(); }, 120);
    });
    for (const name of ["control", "ns", "layer"]) $(name).addEventListener("change", () => { state[name] = $(name).value; changed(); });
    if ($("accepted-too")) $("accepted-too").addEventListener("change", () => { state.accepted = $("accepted-too").checked; fillFilters(); changed(); });
    $("filters").addEventListener("submit", (event) => event.preventDefault());
    $("filters").addEventListener("reset", (event) => {
      event.preventDefault();
      Object.assign(state, { q: "", control: "", ns: "", layer: "", accepted: false });
      state.sev.clear();
      fillFilters();
      changed();
    });
    window.addEventListener("hashchange", () => {
      if (!readAddress()) return;
      fillFilters();
      showState();
      render();
      $("findings").scrollIntoView();
      $("findings").focus({ preventScroll: true });
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !/^(input|select|textarea)$/i.test(event.target.tagName)) {
        event.preventDefault();
        $("q").focus();
      }
    });
    window.addEventListener("beforeprint", () => {
      const groups = [...$("groups").querySelectorAll("details.group")];
      if (data.findings.length <= 500) groups.forEach((group) => { group.fill(); group.open = true; });
    });
  }

  function theme() {
    const themes = ["auto", "light", "dark"];
    let current = "auto";
    try { current = localStorage.getItem("holdfast-theme") || "auto"; } catch (e) { /* not allowed here */ }
    const apply = () => {
      if (current === "auto") document.documentElement.removeAttribute("data-theme");
      else document.documentElement.setAttribute("data-theme", current);
      $("theme").textContent = "Theme: " + current;
    };
    $("theme").addEventListener("click", () => {
      current = themes[(themes.indexOf(current) + 1) % themes.length];
      try { localStorage.setItem("holdfast-theme", current); } catch (e) { /* not allowed here */ }
      apply();
    });
    apply();
  }

  for (const node of document.querySelectorAll(".js")) node.hidden = false;
  const asked = readAddress();
  theme();
  fillFilters();
  showState();
  listen();
  render();
  if (asked) $("findings").scrollIntoView({ behavior: "instant" });
  document.documentElement.setAttribute("data-ready", "1");
})();
