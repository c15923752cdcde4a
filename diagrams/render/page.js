"use strict";
/* Walking through the embedded graph: a run is a path of edges from node 0, and a position on it.

   What steps do was worked out before; here it is replayed. */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $$ = id => document.getElementById(id);
  let path = [...data.path];
  let position = path.length;
  const undone = [];

  // --- the graph --------------------------------------------------------------------------------------------

  const nodeOf = number => {
    const [a, b, net, broken] = data.nodes.slice(4 * number, 4 * number + 4);
    return {number, locals: [data.locals[a], data.locals[b]], flying: data.nets[net], broken: data.broken[broken]};
  };
  const NAMES = ["kind", "end", "segment", "says", "brief", "look", "notes", "happenings", "changes", "cutBy", "breaks"];
  const HAPPENED = ["end", "event", "rules", "state", "entered", "sent", "signals", "changed"];
  const named = (names, values) => Object.fromEntries(names.map((name, i) => [name, values[i]]));
  const moveOf = number => {
    const move = named(NAMES, data.moves[number]);
    move.happenings = move.happenings.map(values => named(HAPPENED, values));
    return move;
  };
  const stateOf = (node, end) => node.locals[end][1];

  /* The steps out of a node, in the order of being offered; `target` is -1 where a bound cuts one off. */
  function edgesOf(number) {
    const found = [];
    for (let edge = data.begin[number]; edge < data.begin[number + 1]; edge++) {
      found.push({move: data.edges[2 * edge], target: data.edges[2 * edge + 1]});
    }
    return found;
  }

  /* As many of these choices as there are: the edges taken. */
  function follow(choices) {
    const taken = [];
    let number = 0;
    for (const choice of choices) {
      const edge = edgesOf(number)[choice];
      if (!edge || edge.target < 0) break;
      taken.push(edge);
      number = edge.target;
    }
    return taken;
  }

  /* What a path's first steps do, as a ladder draws it: messages are numbered as they are sent. */
  function replayed(choices, upTo) {
    const taken = follow(choices).slice(0, upTo);
    const run = {nodes: [nodeOf(0)], rows: [], messages: [], flying: [], came: ["", ""], changes: []};
    taken.forEach((edge, i) => step(run, moveOf(edge.move), nodeOf(edge.target), i + 1));
    for (const message of run.flying) {
      if (!message.fates.some(fate => fate.word !== "copy")) {
        message.fates.push({step: upTo + 1, word: "flying", to: message.to, kind: "plain", notes: []});
      }
    }
    run.states = [0, 1].map(end => stateOf(run.nodes[0], end));
    run.loop = data.loop !== null && upTo === data.path.length ? data.loop : null;
    run.current = upTo;
    return run;
  }

  const WORDS = {deliver: "arrived", forge: "arrived", duplicate: "copy", lose: "lost"};

  function step(run, move, node, number) {
    const before = run.nodes.at(-1);
    const send = (segment, sender) => {
      const [to, text] = data.segments[segment];
      const message = {number: run.messages.length, segment, sender, to, text, step: number, fates: []};
      run.messages.push(message);
      return message;
    };
    if (move.segment >= 0) {
      const alike = message => message.segment === move.segment;
      const message = move.kind === "forge" ? send(move.segment, 2) : run.flying.find(alike) ?? run.messages.findLast(alike);
      message.fates.push({step: number, word: WORDS[move.kind], to: move.end, kind: move.look, notes: move.notes});
      if (move.kind !== "duplicate") run.flying = run.flying.filter(each => each !== message);
    }
    const happenings = move.happenings.map(happening => {
      const sent = happening.sent.map(segment => send(segment, move.end));
      run.flying.push(...sent);
      return {...happening, sent: sent.map(message => message.number)};
    });
    settle(run, node.flying, move.kind, number);
    const fresh = [...node.broken, ...move.breaks].filter(id => !before.broken.includes(id));
    const mark = data.marks[number] ?? (fresh.length ? ["violation", fresh.join(" ")] : null);
    run.rows.push({number, kind: move.kind, end: move.end, happenings, mark, move});
    for (const [source, target] of move.changes) if (source !== target) run.came[move.end] = source;
    run.changes = move.changes;
    run.nodes.push(node);
  }

  /* Take out of the network what is no longer there: the oldest copies when time passes, else what found no room. */
  function settle(run, there, kind, number) {
    const left = new Map();
    for (const segment of there) left.set(segment, (left.get(segment) ?? 0) + 1);
    const oldFirst = kind !== "tick";
    const kept = (oldFirst ? [...run.flying] : [...run.flying].reverse()).filter(message => {
      const room = left.get(message.segment) ?? 0;
      left.set(message.segment, room - 1);
      return room > 0;
    });
    if (kind === "tick") {
      for (const gone of run.flying.filter(message => !kept.includes(message))) {
        gone.fates.push({step: number, word: "too old", to: gone.to, kind: "plain", notes: []});
      }
    }
    run.flying = run.flying.filter(message => kept.includes(message));
  }

  // --- elements ---------------------------------------------------------------------------------------------

  function make(name, properties, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key in made) made[key] = value;
      else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }
  const rule = id => make("abbr", {title: data.rules[id] ? `${data.rules[id][0]} (${data.rules[id][1]})` : ""}, id);
  const spaced = parts => parts.flatMap((part, i) => (i ? [" ", part] : [part]));
  const rulesOf = move => {
    const ids = move.happenings.flatMap(happening => happening.rules);
    return ids.length ? spaced(ids.map(rule)) : move.happenings.length ? ["no rule"] : [];
  };

  /* How the end's state changes in a step, or what else does. */
  function changeOf(move, node) {
    if (!move.happenings.length) return "";
    const states = [stateOf(node, move.end), ...move.happenings.filter(h => h.entered).map(h => h.state)];
    const changed = move.happenings.flatMap(happening => happening.changed);
    return states.length > 1 ? states.join(" \u2192 ") : [`stays ${states[0]}`, ...changed].join(", ");
  }

  function effectsOf(move) {
    const sent = move.happenings.flatMap(h => h.sent.map(segment => `sends ${data.segments[segment][1]}`));
    return [...sent, ...move.happenings.flatMap(h => h.signals.map(signal => `says "${signal}"`))].join("; ");
  }

  // --- panels -----------------------------------------------------------------------------------------------

  function showEnds(run) {
    const here = run.nodes.at(-1), before = run.nodes.at(-2) ?? here;
    const cell = (end, i) => {
      const value = here.locals[end][i], changed = value !== before.locals[end][i];
      const kind = changed ? "changed" : value === data.variables[i - 1][2] ? "initial" : "";
      return make("td", {className: kind, title: changed ? `was ${before.locals[end][i]}` : ""}, value);
    };
    const top = make("tr", {}, make("th", {scope: "col"}, ""));
    for (const end of [0, 1]) {
      const state = stateOf(here, end), note = here.locals[end][0];
      const changed = state !== stateOf(before, end) ? "state changed" : "state";
      top.append(make("th", {scope: "col"}, make("span", {className: "end"}, `TCP Peer ${"AB"[end]}`),
        make("strong", {id: `state-${"AB"[end]}`, className: changed}, state),
        ...(note ? [make("span", {className: "quiet"}, note)] : [])));
    }
    const rows = data.variables.slice(1).map(([name, meaning], i) =>
      make("tr", {}, make("th", {scope: "row", title: meaning}, name), cell(0, i + 2), cell(1, i + 2)));
    $$("ends").replaceChildren(make("thead", {}, top), make("tbody", {}, ...rows));
  }

  function showFlight(run) {
    const lines = run.flying.map(message => make("li", {},
      make("code", {}, message.text), ` to ${"AB"[message.to]}, of step ${message.step}`));
    $$("flight").replaceChildren(...(lines.length ? lines : [make("li", {className: "quiet"}, "nothing")]));
  }

  function showLast(run) {
    const row = run.rows.at(-1), parts = [];
    if (!row) parts.push(make("p", {className: "quiet"}, "Nothing yet: this is the beginning."));
    else {
      parts.push(make("p", {}, make("strong", {}, row.move.says)));
      for (const happening of row.move.happenings) {
        const list = happening.rules.map(id => make("li", {}, make("b", {}, id), ` ${data.rules[id][0]} `,
          make("cite", {}, data.rules[id][1])));
        if (!list.length) list.push(make("li", {}, "No rule: the segment passes every step of SEGMENT ARRIVES."));
        parts.push(make("ul", {className: "rules"}, ...list));
      }
      const effects = effectsOf(row.move);
      if (effects) parts.push(make("p", {className: "effect"}, effects));
      if (!row.move.happenings.length) parts.push(make("p", {className: "quiet"}, "No end notices."));
    }
    $$("did").replaceChildren(...parts);
  }

  /* Sentences in a box; what is indented stays so. */
  const told = (look, lines) => make("div", {className: `told ${look}`}, ...lines.map(line =>
    make("p", {style: `margin-left:${line.search(/\S|$/)}ch`}, line.trim())));

  /* What is broken here, and what the run shows, which is known at its end. */
  function showTold(run) {
    const row = run.rows.at(-1), ids = new Set([...run.nodes.at(-1).broken, ...(row ? row.move.breaks : [])]);
    const boxes = [...ids].map(id => {
      const [name, sentence] = data.properties[id];
      return told("violation", [`${id} ${name} is broken here`, sentence]);
    });
    if (data.verdict && position === data.path.length) boxes.push(told(...data.verdict));
    $$("told").replaceChildren(...boxes);
  }

  function choice(edge, number, node, ambiguous, run) {
    const move = moveOf(edge.move), cut = edge.target < 0, taken = path[position] === number - 1 && position < path.length;
    const copy = ambiguous(move) ? run.flying.find(message => message.segment === move.segment) : null;
    const parts = [
      make("span", {className: "number"}, cut ? "\u2013" : `${number}`),
      make("span", {className: "says"}, move.says + (copy ? ` of step ${copy.step}` : "")),
      make("span", {className: "change"}, cut ? `bound: ${move.cutBy}` : changeOf(move, node)),
      make("span", {className: "ids"}, ...(cut ? [] : rulesOf(move))),
    ];
    const effects = cut ? "" : effectsOf(move);
    if (effects) parts.push(make("span", {className: "effects"}, effects));
    const button = make("button", {className: taken ? "choice taken" : "choice", disabled: cut}, ...parts);
    if (number <= 9 && !cut) button.setAttribute("aria-keyshortcuts", `${number}`);
    if (taken) button.setAttribute("aria-current", "step");
    button.addEventListener("click", () => take(number));
    return button;
  }

  function showNext(run) {
    const node = run.nodes.at(-1), edges = edgesOf(node.number);
    const says = edges.filter(edge => edge.target >= 0).map(edge => moveOf(edge.move).says);
    const ambiguous = move => move.segment >= 0 && says.filter(words => words === move.says).length > 1;
    const buttons = edges.map((edge, i) => choice(edge, i + 1, node, ambiguous, run));
    const changing = buttons.filter((_, i) => edges[i].target >= 0 && edges[i].target !== node.number);
    const idle = buttons.filter((_, i) => edges[i].target === node.number);
    const cut = buttons.filter((_, i) => edges[i].target < 0);
    const parts = [...changing];
    if (!changing.length) parts.push(make("p", {className: "quiet"}, ending(cut.length)));
    const fold = (some, words) => {
      if (some.length) parts.push(make("details", {}, make("summary", {}, `${some.length} ${words}`), ...some));
    };
    fold(idle, idle.length === 1 ? "that changes nothing" : "that change nothing");
    fold(cut, cut.length === 1 ? "that a bound cuts off" : "that bounds cut off");
    $$("next").replaceChildren(...parts);
  }

  function ending(cut) {
    if (data.loop !== null && position === data.path.length) {
      if (data.loop === position) return "Nothing more happens, for ever.";
      return `Steps ${data.loop + 1} to ${position} repeat for ever: a step forward goes round again.`;
    }
    if (data.path.length && position === data.path.length) return "The run ends here.";
    return `Nothing changes any more: the run ends here${cut ? " within these bounds" : ""}.`;
  }

  function showSteps() {
    const item = (number, words) => {
      const button = make("button", {className: number > position ? "later" : "", title: words}, words);
      if (number === position) button.setAttribute("aria-current", "step");
      button.addEventListener("click", () => jump(number));
      return make("li", {}, button);
    };
    const taken = follow(path).map((edge, i) => item(i + 1, moveOf(edge.move).brief));
    $$("steps").replaceChildren(item(0, "the beginning"), ...taken);
  }

  function showDiagram(run) {
    const lit = new Map(), node = run.nodes.at(-1);
    const light = (key, mark) => lit.set(key, (lit.get(key) ?? "") + mark);
    for (const end of [0, 1]) {
      const state = stateOf(node, end), below = `state ${state} again`; // Figure 5 has CLOSED twice
      const there = data.again.includes(run.came[end]) && document.querySelector(`.figure [data-key="${below}"]`);
      light(there ? below : `state ${state}`, "AB"[end]);
    }
    for (const [source, target] of run.changes) light(`edge ${source} ${target}`, "");
    for (const part of document.querySelectorAll(".figure [data-key]")) {
      const marks = lit.get(part.dataset.key);
      part.classList.toggle("on", marks !== undefined);
      part.querySelectorAll(".mark").forEach(mark => mark.remove());
      const box = part.querySelector("rect");
      if (box && marks) [...marks].forEach(mark => part.append(badge(box, mark)));
    }
  }

  function badge(box, mark) {
    const x = +box.getAttribute("x") + (mark === "A" ? 0 : +box.getAttribute("width")), y = +box.getAttribute("y");
    return svgElement("g", {class: "mark"}, svgElement("circle", {cx: x, cy: y, r: 10}),
      svgElement("text", {x, y, dy: ".36em", class: "sp-strong"}, mark));
  }

  /* What is printed: the whole run, whatever is shown, and its rules. */
  function showPrinted() {
    const run = replayed(path, follow(path).length);
    run.current = position; // whose states are lit in the diagram
    const ids = [...new Set(run.rows.flatMap(row => row.happenings.flatMap(happening => happening.rules)))];
    const rules = ids.map(id => make("li", {}, make("b", {}, id), ` ${data.rules[id][0]} `, make("cite", {}, data.rules[id][1])));
    $$("printed").replaceChildren(ladderOf(run, data), ...(data.verdict ? [told(...data.verdict)] : []),
      ...(rules.length ? [make("h2", {}, "Rules"), make("ul", {className: "rules"}, ...rules)] : []));
  }

  // --- moving -----------------------------------------------------------------------------------------------

  function show() {
    const run = replayed(path, position), here = run.nodes.at(-1);
    const focused = ["next", "steps"].find(id => $$(id).contains(document.activeElement));
    $$("ladder").replaceChildren(ladderOf(run, data));
    [showEnds, showFlight, showLast, showTold, showNext, showDiagram].forEach(panel => panel(run));
    showSteps();
    showPrinted();
    const of = path.length > position ? ` of ${path.length}` : "";
    $$("where").textContent = `Step ${position}${of}`;
    $$("where").setAttribute("aria-label", `Step ${position}${of}: A ${stateOf(here, 0)}, B ${stateOf(here, 1)}`);
    for (const [id, off] of [["first", !position], ["back", !position], ["undo", !undone.length]]) $$(id).disabled = off;
    $$("forward").disabled = !further();
    $$("last").disabled = position === path.length;
    $$("scroll").scrollTop = $$("scroll").scrollHeight;
    if (focused) $$(focused).querySelector(focused === "steps" ? "[aria-current]" : "button:enabled")?.focus();
    const chosen = $$("steps").querySelector("[aria-current]");
    $$("steps").scrollTop = chosen.offsetTop - $$("steps").offsetTop - $$("steps").clientHeight / 2;
  }

  const goesRound = () => data.loop !== null && position === data.path.length && data.loop < position;
  const further = () => position < path.length || goesRound();

  function move(to) {
    position = Math.max(0, Math.min(to, path.length));
    show();
    const hash = path.length ? `#${path.map(choice => choice + 1).join(".")}${position < path.length ? `@${position}` : ""}` : "#";
    if (location.hash !== (hash === "#" ? "" : hash)) history.replaceState(null, "", hash);
  }
  const jump = to => move(to);
  const forward = () => move(goesRound() && position === path.length ? data.loop : position + 1);

  function branch(choices, to) {
    undone.push([path, position]);
    path = choices;
    move(to);
  }

  /* Take the n-th step that is offered; what was undone is forgotten unless it begins so. */
  function take(number) {
    const here = replayed(path, position).nodes.at(-1).number, edge = edgesOf(here)[number - 1];
    if (!edge || edge.target < 0) return;
    if (path[position] === number - 1) move(position + 1);
    else branch([...path.slice(0, position), number - 1], position + 1);
  }

  function undo() {
    if (undone.length) {
      const [choices, to] = undone.pop();
      path = choices;
      move(to);
    }
  }

  /* The run and the position that the address names, as far as they exist. */
  function fromHash() {
    const told = /^#([0-9]+(?:\.[0-9]+)*)?(?:@([0-9]+))?$/.exec(location.hash);
    if (told && told[1]) {
      const choices = told[1].split(".").map(number => Number(number) - 1);
      path = choices.slice(0, follow(choices).length);
      position = Math.min(told[2] === undefined ? path.length : Number(told[2]), path.length);
      if (data.path.length > path.length && path.every((choice, i) => choice === data.path[i])) path = [...data.path];
    }
  }

  const toggle = id => ($$(id).open ? $$(id).close() : $$(id).showModal());
  const actions = {
    first: () => move(0), back: () => move(position - 1), forward, last: () => move(path.length), undo,
    reset: () => branch([...data.path], 0), help: () => toggle("keys"), enlarge: () => toggle("whole"),
  };
  const KEYS = {
    ArrowLeft: "back", k: "back", ArrowRight: "forward", j: "forward", Home: "first", End: "last", u: "undo",
    r: "reset", "?": "help", s: "enlarge",
  };
  for (const [id, action] of Object.entries(actions)) $$(id).addEventListener("click", action);
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const action = actions[KEYS[event.key]];
    if (document.querySelector("dialog[open]") && !["help", "enlarge"].includes(KEYS[event.key])) return;
    if (action) action();
    else if (/^[1-9]$/.test(event.key)) take(Number(event.key));
    else return;
    event.preventDefault();
  });
  $$("ladder").addEventListener("click", event => {
    const row = event.target.closest(".row");
    if (row) jump(Number(row.dataset.step));
  });
  window.addEventListener("hashchange", () => {
    fromHash();
    show();
  });
  fromHash();
  show();
})();
