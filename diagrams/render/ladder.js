"use strict";
/* The message ladder of a run as SVG, laid out as diagrams/layout/ladder.py does.

   A run is {states, rows, messages, loop, current}: rows have {number, kind, happenings, mark}, messages
   {sender, to, step, text, number, fates}, fates {step, word, to, kind, notes}. */

function svgElement(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function ladderOf(run, data) {
  const m = data.measures, head = 58, width = 2 * m.side + m.between;
  const rails = [m.side, m.side + m.between];
  const advance = 0.602;
  const look = {plain: "segment", stale: "stale", forged: "forged"};
  const alive = state => !data.noConnection.includes(state);

  // --- places -----------------------------------------------------------------------------------------------

  function wrapped(words) {
    const lines = [[]];
    for (const word of words) {
      if (lines.at(-1).length && [...lines.at(-1), word].join(" ").length * m.small * advance > m.side - 24) lines.push([]);
      lines.at(-1).push(word);
    }
    return lines;
  }

  /* The small lines beside a rail: rule ids, then what the user is told. */
  const small = happening =>
    [...wrapped(happening.rules), ...happening.signals.flatMap(signal => wrapped(`"${signal}"`.split(" ")))];

  /* A forged segment comes from nowhere: its words need room above the row. */
  const lift = row => (row?.kind === "forge" ? 26 : 0);

  function heightOf(row) {
    let beside = 0, leaves = 0;
    for (const h of row.happenings) {
      beside += m.event * ((h.event ? 1 : 0) + (h.entered ? 1 : 0)) + m.line * small(h).length;
      leaves += h.sent.length;
    }
    const flies = row.number === run.rows.length && leaves ? 10 : 0; // what is left in flight at the end needs room
    return lift(row) + Math.max(beside, 8 + m.departs * leaves + flies, m.event) + m.space;
  }

  const tops = [head];
  for (const row of run.rows) tops.push(tops.at(-1) + heightOf(row));
  const at = step => tops[Math.min(step, tops.length) - 1] + lift(run.rows[step - 1]);
  const departures = new Map();
  for (const row of run.rows) {
    const sent = row.happenings.flatMap(h => h.sent);
    sent.forEach((number, i) => departures.set(number, at(row.number) + 8 + m.departs * (i + 0.6)));
  }

  // --- marks on paper ---------------------------------------------------------------------------------------

  const text = (x, y, words, kind = "plain", anchor = "middle") =>
    svgElement("text", {x, y, dy: ".35em", class: `sp-${kind}`, style: `text-anchor:${anchor}`}, words);

  const path = (points, kind) =>
    svgElement("path", {class: `sp-${kind}`, d: "M" + points.map(p => p.join(",")).join(" L")});

  function arrow([x1, y1], [x2, y2], kind) {
    const length = Math.hypot(x2 - x1, y2 - y1) || 1, size = 9;
    const dx = (x2 - x1) / length * size, dy = (y2 - y1) / length * size;
    const tip = [[x2, y2], [x2 - dx - dy * 0.4, y2 - dy + dx * 0.4], [x2 - dx + dy * 0.4, y2 - dy - dx * 0.4]];
    const d = "M" + tip.map(p => p.join(",")).join(" L") + " Z";
    return [
      path([[x1, y1], [x2 - dx * 0.8, y2 - dy * 0.8]], kind),
      svgElement("path", {class: `sp-head sp-${kind}`, style: "stroke:none", d}),
    ];
  }

  function rail(end) {
    const x = rails[end], bottom = tops.at(-1) + 6, drawn = [];
    drawn.push(text(x, 14, `TCP Peer ${"AB"[end]}`, "strong"), path([[x, 28], [x, bottom]], "rail"));
    drawn.push(text(x + [-12, 12][end], 36, run.states[end], "strong", ["end", "start"][end]));
    let since = alive(run.states[end]) ? 28 : null;
    for (const row of run.rows) {
      for (const h of row.happenings.filter(each => each.end === end)) {
        if (since !== null && !alive(h.state)) {
          drawn.push(path([[x, since], [x, at(row.number)]], "alive"));
          since = null;
        } else if (since === null && alive(h.state)) since = at(row.number);
      }
    }
    if (since !== null) drawn.push(path([[x, since], [x, bottom]], "alive"));
    return drawn;
  }

  function rowOf(row) {
    const y = at(row.number), top = tops[row.number - 1] - 9, height = tops[row.number] - top - 9;
    const band = {x: 6, y: top, width: width - 12, height, rx: 6};
    const drawn = svgElement("g", {class: "row", "data-step": row.number});
    drawn.append(svgElement("rect", {...band, class: row.number === run.current ? "band current" : "band"}));
    if (row.mark) {
      drawn.append(svgElement("rect", {...band, class: `sp-${row.mark[0]}`}));
      const aside = row.end === 1;
      drawn.append(text(aside ? 36 : width - 14, y, row.mark[1], row.mark[0], aside ? "start" : "end"));
    }
    if (row.kind === "tick") {
      drawn.append(path([[rails[0], y], [rails[1], y]], "clock"), text(width / 2, y, "a tick of the clock", "clock"));
    }
    drawn.append(text(24, y, `${row.number}`, "quiet", "end"));
    let next = y;
    for (const h of row.happenings) next = beside(h, next, drawn);
    return drawn;
  }

  function beside(happening, y, drawn) {
    const end = happening.end, x = rails[end] + [-12, 12][end], anchor = ["end", "start"][end];
    const lines = [];
    if (happening.event) lines.push([happening.event, "plain"]);
    if (happening.entered) lines.push([happening.state, "strong"]);
    for (const [words, kind] of lines) {
      drawn.append(text(x, y, words, kind, anchor));
      y += m.event;
    }
    for (const ids of small(happening)) {
      const line = text(x, y, ids.length ? "" : "no rule", "quiet", anchor);
      ids.forEach((id, i) => {
        const span = svgElement("tspan", {}, (i ? " " : "") + id), rule = data.rules[id];
        if (rule) span.append(svgElement("title", {}, `${id}: ${rule[0]} (${rule[1]})`));
        line.append(span);
      });
      drawn.append(line);
      y += m.line;
    }
    return y;
  }

  /* A message's lines, and its words: those stand above all lines. */
  function messageOf(message) {
    const drawn = svgElement("g", {class: "message"}), words = svgElement("g", {class: "message"});
    if (!message.fates.length) return [drawn, words];
    const to = message.fates[0].to, outwards = to === 1 ? 1 : -1, anchor = to === 1 ? "start" : "end";
    const kind = message.fates.map(fate => fate.kind).find(each => each !== "plain") ?? "plain";
    const start = message.sender === 2
      ? [width / 2 - 90 * outwards, at(message.step) - 14]
      : [rails[message.sender], departures.get(message.number)];
    message.fates.forEach((fate, i) => drawn.append(...fateOf(start, fate, kind, i === 0)));
    const notes = [...new Set(message.fates.flatMap(fate => fate.notes))];
    words.append(text(start[0] + 10 * outwards, start[1] - 8, message.text, look[kind], anchor));
    if (message.sender === 2) {
      words.append(text(start[0] - 6 * outwards, start[1], notes.join(", "), "quiet", to === 1 ? "end" : "start"));
    } else if (notes.length) {
      const x = start[0] + (18 + message.text.length * m.size * advance) * outwards;
      words.append(text(x, start[1] - 8, `(${notes.join(", ")})`, "quiet", anchor));
    }
    return [drawn, words];
  }

  function fateOf(start, fate, kind, first) {
    const x = rails[fate.to], y = at(fate.step), flies = fate.word === "flying";
    const drawnAs = fate.word === "copy" || !first ? "copy" : look[kind];
    if (fate.word === "arrived" || fate.word === "copy") return arrow(start, [x, y], drawnAs);
    const part = flies ? 0.72 : 0.55, outwards = fate.to === 1 ? 1 : -1;
    const stop = [start[0] + (x - start[0]) * part, Math.max(start[1] + 8, flies ? start[1] + 14 : y)];
    const words = flies ? "..." : `x ${fate.word}`;
    return [
      path([start, stop], flies ? "clock" : look[kind]),
      text(stop[0] + 4 * outwards, stop[1], words, flies ? "quiet" : "lost", fate.to === 1 ? "start" : "end"),
    ];
  }

  /* The bracket round the rows that repeat for ever, or a sentence; where it ends. */
  function loopOf(drawn, bottom) {
    if (run.loop === null) return bottom + 14;
    if (run.loop === run.rows.length) {
      drawn.append(text(width / 2, bottom + 12, "nothing more happens, for ever", "loop"));
      return bottom + 30;
    }
    const top = at(run.loop + 1) - 8, x = 34;
    drawn.append(path([[x + 8, top], [x, top], [x, bottom], [x + 8, bottom]], "loop"));
    drawn.append(text(x + 14, bottom + 6, "from the bracket's top on, for ever", "loop", "start"));
    return bottom + 28;
  }

  function inWords() {
    const said = [`A is in ${run.states[0]}, B in ${run.states[1]}.`];
    for (const row of run.rows) {
      for (const h of row.happenings) {
        const what = h.event.replace(/^\(|\)$/g, "") || "a segment arrives";
        said.push(`${row.number}: at ${"AB"[h.end]} ${what}, ${h.state}.`);
      }
    }
    return said.join(" ");
  }

  const drawn = svgElement("svg", {role: "img"}, svgElement("title", {}, "Message ladder"), svgElement("desc", {}, inWords()));
  const messages = run.messages.map(messageOf);
  drawn.append(...run.rows.map(rowOf), ...rail(0), ...rail(1));
  drawn.append(...messages.map(([lines]) => lines), ...messages.map(([, words]) => words));
  const height = loopOf(drawn, tops.at(-1) + 10);
  drawn.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return drawn;
}
