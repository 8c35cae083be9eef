// Runs behind the page's own script, which it shares its names with: each line of #checks is "ok" or
// "not ok", and what was looked at. In a frame it says them to the page that has it.
"use strict";
const said = [];
const check = (name, ok, seen) => said.push((ok ? "ok " : "not ok ") + name + (ok ? "" : ": " + seen));
const is = (name, got, wanted) => check(name, got === wanted, got + ", not " + wanted);
const text = id => $(id).textContent;
const key = (element, name) => element.dispatchEvent(new KeyboardEvent("keydown", {key: name, bubbles: true, cancelable: true}));
const visible = element => Boolean(element.getClientRects().length);

function everywhere() {
  is("no number is none", /NaN|undefined|Infinity|\[object/.exec(document.body.innerText)?.[0], undefined);
  check("no wider than the window", document.documentElement.scrollWidth <= innerWidth, document.documentElement.scrollWidth);
  check("at most 30 boxes", layout.boxes.size <= 30, layout.boxes.size);
  check("one star at most", document.querySelectorAll(".box.star").length <= 1);
  for (const s of states) check("a shape for " + s, document.querySelector("#legend ." + s));
  const free = [...document.querySelectorAll("button, summary, .box, input")].filter(e => e.tabIndex < 0 && e.getAttribute("role") !== "tab");
  is("all that is pressed is reached by keys", free.length, 0);
  is("boxes do not lie upon each other", [...layout.boxes.values()].filter((a, i, all) => all.slice(i + 1).some(b =>
    Math.abs(a.x - b.x) < layout.boxWidth && Math.abs(a.y - b.y) < layout.height)).length, 0);
}
function importing() {
  is("the program", text("program"), "\u00b7 import");
  is("the machine", text("facts"), "pid 4711 \u00b7 seen for 00:03:34 \u00b7 2 cores, 1.0 usable (measured, cpu pressure 13 %)");
  const star = document.querySelector(".box.star");
  check("the star", star.getAttribute("aria-label").startsWith("buffered enrich, import.c:41 in main, limits the others: busy 95 %"), star.getAttribute("aria-label"));
  check("the advice", text("advice-text").startsWith("'buffered enrich' limits the pipeline"), text("advice-text"));
  check("its gain, once", text("advice-text").endsWith("; buffered limit 4: 1.9\u00d7 (1.7 to 2.0)"), text("advice-text"));
  check("what it assumes", text("advice-assumes").startsWith("Assumes: items are independent"));
  for (const id of ["how", "try"]) {
    check(id + " is closed", $(id + "-text").hidden);
    $(id).click();
    check(id + " is open", visible($(id + "-text")) && $(id).getAttribute("aria-expanded") === "true");
  }
  check("how says the interval", text("how-text").includes("80 % between 1.7\u00d7 and 2\u00d7"), text("how-text"));
  check("a command to type", text("try-text").includes("trial 2 limit 2,4\\nquit"), text("try-text"));
  is("queues at the edges", [...document.querySelectorAll("#edges text")].map(t => t.textContent).filter(t => /^\d+\/\d+/.test(t)).length, 3);
  check("who is stuck", text("stuck").startsWith("Worker 1 has been in map (src/import.c:41) for 143 ms"), text("stuck"));
  const [first, second] = document.querySelectorAll(".box");
  check("bytes are said to be bytes", / \d[\d.]*k?B a second$/.test(first.getAttribute("aria-label")), first.getAttribute("aria-label"));
  first.focus();
  key(first, "ArrowRight");
  is("arrows go from box to box", document.activeElement, second);
  key(second, "Enter");
  is("Enter chooses one", text("stage-name"), "map parse_pet");
  is("the chosen one is marked", second.getAttribute("aria-pressed"), "true");
  is("a drawing keeps the focus", (draw(), document.activeElement), second);
  check("shares over time", document.querySelectorAll("#chart path").length === 4);
  is("each number says what it is", [...document.querySelectorAll("#stage-numbers details p")].filter(p => p.textContent.length < 20).length, 0);
  for (const [tab, panel, says] of [["tab-tasks", "panel-tasks", "src/import.c:57"], ["tab-executor", "panel-executor", "map parse_pet"],
                                    ["tab-timeline", "panel-timeline", "weir relay exec:'printf \"trace 5\\nquit\\n\"; exec >trace.json"]]) {
    key(document.activeElement.role === "tab" ? document.activeElement : $("tab-stage"), "ArrowRight");
    check(tab + " by keys", visible($(panel)) && document.activeElement === $(tab) && text(panel).includes(says), text(panel));
  }
  $("when").value = 12;
  $("when").dispatchEvent(new Event("input"));
  check("back in time", text("facts").includes("00:03:12"), text("facts"));
  $("when").value = $("when").max;
  $("when").dispatchEvent(new Event("input"));
  saving();
}
function saving() {
  const page = savedPage(), lines = page.slice(page.search(/^<.*id="recorded">$/m)).split("\n");
  is("one recording is in what is saved", page.split("\n").filter(l => /^<.*id="recorded">$/.test(l)).length, 1);
  const before = document.querySelector(".box.star").getAttribute("aria-label");
  replay(lines.slice(1, lines.findIndex(l => l.startsWith("</"))).join("\n"));
  is("what was saved shows the same", document.querySelector(".box.star").getAttribute("aria-label"), before);
}
function hostile() {
  is("the title is ours", document.title.endsWith("- weir"), true);
  is("names make no elements", document.querySelectorAll("img, b:not(.numbers b), script:not(#recorded)").length, 2);
  is("a name is shown as it is", text("program"), "\u00b7 <img src=x onerror=\"document.title='owned'\">");
  is("nothing is inherited", Object.keys(Object.prototype).length, 0);
  check("what is saved ends no script", savedPage().split("</" + "script>").length === original.split("</" + "script>").length);
}
function wide() {
  is("30 of 43", layout.boxes.size, 30);
  check("the others are said", text("folded-text").startsWith("13 more stages"), text("folded-text"));
  check("copies", [...document.querySelectorAll(".box")].some(b => b.textContent.includes("\u00d78")));
  check("tasks of one item each are not the star", document.querySelector(".box.star").getAttribute("aria-label").startsWith("map f17,"));
}
function parsing() {
  const got = [], parse = eventParser(text => got.push(text));
  for (const part of ["da", "ta: a\n", "\ndata:b\r", "\n\r\n: no\ndata: c\ndata: d\n", "id: 1\n\n", "data: e"]) parse(part);
  is("events", JSON.stringify(got), '["a","b","c\\nd"]');
}
function command() {
  const named = name => [...layout.boxes.values()].find(b => b.stage.stage === name);
  const edges = layout.edges.map(e => e.from.stage + ">" + e.to.stage).join(" ");
  is("from source to writer", edges.includes("seq>filter") && edges.includes("gzip>copy") && edges.includes("copy>file_writer"), true);
  check("the writer stands below", named("file_writer").y > named("copy").y, edges);
}
const all = {import: importing, hostile, wide, command, other() {}};
try {
  everywhere();
  parsing();
  all[wanted]();
  everywhere();
} catch (error) {
  check("no error", false, error.stack);
}
if (parent === window) document.body.append(Object.assign(document.createElement("pre"), {id: "checks", textContent: said.join("\n") + "\nchecked\n"}));
else parent.postMessage(said.join("\n") + "\nchecked\n", "*");
