// Charts of a patient's vitals on one time axis, with what happened beside them. The
// table and the list below hold the same: without this script nothing is missing.
"use strict";

(() => {
  const place = document.getElementById("charts");
  if (!place || typeof uPlot === "undefined") return;

  // What the page gave along, in its language, with values in place of their names.
  const text = (name, values = {}) => {
    const key = `say${name[0].toUpperCase()}${name.slice(1)}`;
    const form = values.count === 1 ? place.dataset[`${key}One`] : place.dataset[key];
    return form.replace(/\{(\w+)\}/g, (whole, place) => values[place] ?? whole);
  };

  const BLUE = "#005eb8", PALE = "rgba(0, 94, 184, .22)", USUAL = "rgba(76, 98, 114, .18)";
  const RED = "#b3141a", QUIET = "#4c6272", TEXT = "#212b32", GRID = "#e3e7ea";
  const HEIGHT = 190, LANE = 22, SIDE = 106;
  // Kinds of marks from the top lane down, as the server names them.
  const LANES = [["high", text("high")], ["medium", text("medium")], ["low", text("low")], ["treatment", text("treatment")], ["given", text("given")],
    ["unworn", text("unworn")], ["paused", text("paused")], ["note", text("notes")]];
  const zone = place.dataset.zone, path = place.dataset.series;
  // Alerts that hold at the same time stand one below another.
  const laneOf = (mark) => (mark.kind === "alert" ? mark.priority : mark.kind);
  const SHORTEST = 60; // seconds
  let charts = [], home = null, view = null, vitals = [], asked = 0;

  const written = (form) => new Intl.DateTimeFormat(document.documentElement.lang, { ...form, timeZone: zone });
  const moment = written({ dateStyle: "medium", timeStyle: "medium" });
  const time = written({ hour: "2-digit", minute: "2-digit" }), day = written({ day: "numeric", month: "short" });

  const element = (name, words, kind) => {
    const made = document.createElement(name);
    if (words) made.textContent = words;
    if (kind) made.className = kind;
    return made;
  };

  const figures = place.appendChild(element("div"));
  const told = place.appendChild(element("p", "", "wl-quiet wl-small"));
  told.setAttribute("role", "status");

  // The time of day, and the day where it begins.
  const ticks = (of, moments) => {
    let before = "";
    return moments.map((at) => {
      const date = day.format(at * 1000), isNew = date !== before;
      before = date;
      return time.format(at * 1000) + (isNew ? `\n${date}` : "");
    });
  };

  // Hatching tells kinds apart also where colours do not.
  const pattern = (draw) => {
    const tile = document.createElement("canvas"), size = 8 * devicePixelRatio;
    tile.width = tile.height = size;
    const pen = tile.getContext("2d");
    pen.scale(devicePixelRatio, devicePixelRatio);
    pen.lineWidth = 1.4;
    pen.strokeStyle = QUIET;
    pen.beginPath();
    draw(pen);
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  };
  const rising = (pen) => { for (const x of [-8, 0, 8]) { pen.moveTo(x, 8); pen.lineTo(x + 8, 0); } };
  const falling = (pen) => { for (const x of [-8, 0, 8]) { pen.moveTo(x, 0); pen.lineTo(x + 8, 8); } };
  const ALERTS = { high: RED, medium: "#ffcd60", low: "#d6ecf5" };
  const HATCHED = {
    treatment: pattern(rising),
    unworn: pattern((pen) => { rising(pen); falling(pen); }),
    paused: pattern((pen) => { pen.moveTo(4, 0); pen.lineTo(4, 8); }),
  };

  // Where a mark lies on a chart's canvas; none where it is out of sight.
  const across = (of, mark) => {
    const { left, width } = of.bbox;
    const at = (ms) => of.valToPos(ms / 1000, "x", true);
    const from = Math.max(at(mark.from), left), until = Math.min(at(mark.until ?? mark.from), left + width);
    return until < left || from > left + width || until < from ? null : [from, Math.max(until - from, 2)];
  };

  const symbol = (pen, kind, x, y, size) => {
    pen.beginPath();
    if (kind === "given") { pen.moveTo(x - size, y - size); pen.lineTo(x + size, y - size); pen.lineTo(x, y + size); }
    else if (kind === "note") pen.rect(x - size * .8, y - size, size * 1.6, size * 2);
    else { pen.moveTo(x - size, y + size); pen.lineTo(x + size, y + size); pen.lineTo(x, y - size); }
    pen.closePath();
  };

  // Hatched where the watch was off or nobody was to watch; a bar on top while an alert
  // about this vital held.
  const bands = (marks, vital) => (of) => {
    const pen = of.ctx, { top, height } = of.bbox;
    pen.save();
    for (const mark of marks) {
      const where = across(of, mark);
      if (!where) continue;
      if (mark.kind === "unworn" || mark.kind === "paused") {
        pen.globalAlpha = .45;
        pen.fillStyle = HATCHED[mark.kind];
        pen.fillRect(where[0], top, where[1], height);
      } else if (mark.kind === "alert" && mark.vital === vital) {
        pen.globalAlpha = 1;
        pen.fillStyle = RED;
        pen.fillRect(where[0], top, where[1], 5 * devicePixelRatio);
      }
    }
    pen.restore();
  };

  const levels = (line) => (of) => {
    const pen = of.ctx, { left, width, top, height } = of.bbox, y = (value) => of.valToPos(value, "y", true);
    pen.save();
    pen.beginPath();
    pen.rect(left, top, width, height);
    pen.clip();
    if (line.usual) {
      const [low, high] = line.usual.map(y);
      pen.fillStyle = USUAL;
      pen.fillRect(left, high, width, low - high);
    }
    pen.strokeStyle = RED;
    pen.lineWidth = 2 * devicePixelRatio;
    pen.setLineDash([8 * devicePixelRatio, 6 * devicePixelRatio]);
    for (const limit of line.limits) {
      pen.beginPath();
      pen.moveTo(left, y(limit));
      pen.lineTo(left + width, y(limit));
      pen.stroke();
    }
    pen.restore();
  };

  // A cross where the service did not trust a value, an open triangle where it came late.
  const symbols = (line) => (of) => {
    const pen = of.ctx, size = 4.5 * devicePixelRatio;
    pen.save();
    pen.beginPath();
    pen.rect(of.bbox.left, of.bbox.top, of.bbox.width, of.bbox.height);
    pen.clip();
    pen.lineWidth = 1.6 * devicePixelRatio;
    line.at.forEach((at, index) => {
      if (at < view[0] || at > view[1]) return;
      const x = of.valToPos(at, "x", true), y = (value) => of.valToPos(value, "y", true);
      const doubtful = line.doubtful[index], late = line.late[index];
      if (doubtful != null) {
        pen.strokeStyle = QUIET;
        pen.beginPath();
        pen.moveTo(x - size, y(doubtful) - size); pen.lineTo(x + size, y(doubtful) + size);
        pen.moveTo(x - size, y(doubtful) + size); pen.lineTo(x + size, y(doubtful) - size);
        pen.stroke();
      }
      if (late != null) {
        pen.strokeStyle = TEXT;
        symbol(pen, "late", x, y(late), size * 1.2);
        pen.stroke();
      }
    });
    pen.restore();
  };

  const lanes = (marks) => (of) => {
    const pen = of.ctx, { left, width } = of.bbox, thick = 13 * devicePixelRatio;
    pen.save();
    LANES.forEach(([kind], lane) => {
      const middle = of.valToPos(LANES.length - lane - .5, "y", true);
      for (const mark of marks.filter((mark) => laneOf(mark) === kind)) {
        const where = across(of, mark);
        if (!where) continue;
        if (mark.until == null) {
          pen.fillStyle = mark.kind === "alert" ? RED : TEXT;
          symbol(pen, kind, where[0], middle, 5 * devicePixelRatio);
          pen.fill();
          continue;
        }
        pen.fillStyle = ALERTS[kind] ?? HATCHED[kind] ?? QUIET;
        pen.fillRect(where[0], middle - thick / 2, where[1], thick);
        pen.strokeStyle = TEXT;
        pen.lineWidth = devicePixelRatio;
        pen.strokeRect(where[0], middle - thick / 2, where[1], thick);
      }
    });
    pen.restore();
  };

  // What lies under the cross-hair, in words.
  const under = (marks, words) => (of) => {
    const { left } = of.cursor;
    if (left == null || left < 0) { words.textContent = ""; return; }
    const at = of.posToVal(left, "x") * 1000, reach = (view[1] - view[0]) * 1000 * 5 / of.over.clientWidth;
    const there = marks.filter((mark) => mark.from - reach <= at && at <= (mark.until ?? mark.from) + reach);
    const named = (mark) => `${LANES.find(([kind]) => kind === laneOf(mark))?.[1] ?? text("alert")}: ${mark.words}`;
    words.textContent = `${moment.format(at)}${there.length ? " · " : ""}${there.map(named).join(" · ")}`;
  };

  const figure = (words) => {
    const made = element("figure");
    made.append(element("figcaption", words));
    return figures.appendChild(made);
  };

  // Dragging zooms in all charts; with the shift key, or by a sideways wheel, it moves.
  const handled = (hooks) => ({
    cursor: {
      sync: { key: "patient", scales: ["x", null] },
      drag: { x: true, y: false, setScale: false },
      bind: {
        mousedown: (of, target, handler) => (event) => (event.shiftKey ? pull(of, event) : handler(event)),
        dblclick: () => () => { show(home); return null; },
      },
    },
    hooks: {
      ...hooks,
      setSelect: [(of) => {
        const { left, width } = of.select;
        if (width < 6) return;
        const span = [of.posToVal(left, "x"), of.posToVal(left + width, "x")];
        of.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        show(span);
      }],
      ready: [(of) => of.over.addEventListener("wheel", (event) => {
        const by = event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
        if (!by || (!event.shiftKey && Math.abs(event.deltaY) > Math.abs(by))) return;
        event.preventDefault();
        const shift = by / of.over.clientWidth * (view[1] - view[0]);
        show([view[0] + shift, view[1] + shift]);
      }, { passive: false })],
    },
  });

  const pull = (of, event) => {
    // The chart may be made anew while it is held.
    const start = event.clientX, width = of.over.clientWidth, [from, until] = view;
    const move = (event) => {
      const shift = (start - event.clientX) / width * (until - from);
      show([from + shift, until + shift]);
    };
    const end = () => { removeEventListener("mousemove", move); removeEventListener("mouseup", end); };
    addEventListener("mousemove", move);
    addEventListener("mouseup", end);
    return null;
  };

  const frame = (into, height) => ({
    width: into.clientWidth, height,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
  });
  const abscissa = { range: () => view };
  const plain = { grid: { stroke: GRID, width: 1 }, stroke: TEXT };

  const strip = (marks) => {
    const into = figure(text("happened"));
    const words = element("p", "", "wl-hair");
    const count = LANES.length;
    charts.push(new uPlot({
      ...frame(into, count * LANE + 50),
      ...handled({ draw: [lanes(marks)], setCursor: [under(marks, words)] }),
      legend: { show: false },
      scales: { x: abscissa, y: { range: [0, count] } },
      axes: [{ values: ticks, ...plain }, {
        size: SIDE, ...plain, font: "12px Arial, sans-serif",
        splits: () => LANES.map((_, lane) => lane + .5),
        values: (of, splits) => splits.map((at) => LANES[count - Math.ceil(at)]?.[1] ?? ""),
      }],
      series: [{}, { points: { show: false } }],
    }, [[view[0], view[1]], [null, null]], into));
    into.append(words);
  };

  const caption = (line) => {
    const shown = (value) => value.toFixed(line.digits);
    const parts = [`${line.name} ${line.unit}`.trim()];
    if (line.usual) parts.push(text("usual", { low: shown(line.usual[0]), high: shown(line.usual[1]) }));
    if (line.limits.length) parts.push(text(line.vital ? "limit" : "thresholds", { values: line.limits.map(shown).join(", ") }));
    return parts.join(" · ");
  };

  const draw = (line, marks, isSingle, names) => {
    const into = figure(caption(line));
    if (!line.at.some((at) => at >= view[0] && at <= view[1])) {
      into.append(element("p", text("nothing"), "wl-quiet"));
      return;
    }
    const value = (of, value, row, index) => (index == null ? "" : value == null ? text("none") : value.toFixed(line.digits));
    const one = (label, stroke, width, more) => ({ label, value, stroke, width, points: { show: false }, ...more });
    const single = { paths: () => null, points: { show: true, size: 5, fill: BLUE } };
    const hidden = { paths: () => null };
    const series = [
      { label: text("at"), value: (of, at) => (at == null ? "" : moment.format(at * 1000)) },
      ...(isSingle ? [] : [one(names[0], PALE, 1), one(names[1], PALE, 1)]),
      one(isSingle ? text("value") : names[2], BLUE, 2, isSingle ? single : { points: { show: true, size: 4 } }),
      ...(isSingle ? [one(text("doubtful"), QUIET, 1, hidden)] : []),
      one(text("late"), TEXT, 1, hidden),
    ];
    const data = isSingle ? [line.at, line.mean, line.doubtful, line.late] : [line.at, line.max, line.min, line.mean, line.late];
    const bounds = [...(line.usual ?? []), ...line.limits];
    charts.push(new uPlot({
      ...frame(into, HEIGHT),
      ...handled({ drawClear: [bands(marks, line.vital), levels(line)], draw: [symbols(line)] }),
      series, bands: isSingle ? [] : [{ series: [1, 2], fill: PALE }],
      scales: {
        x: abscissa,
        y: { range: (of, low, high) => {
          const all = [low, high, ...bounds].filter((value) => value != null);
          const least = Math.min(...all), most = Math.max(...all), room = (most - least) * .08 || 1;
          return [least < 0 ? least - room : Math.max(least - room, 0), most + room];
        } },
      },
      axes: [{ values: ticks, ...plain }, { size: SIDE, ...plain }],
    }, data, into));
  };

  const rebuild = (data) => {
    for (const chart of charts) chart.destroy();
    charts = [];
    // The page does not jump while it is made anew.
    figures.style.minHeight = `${figures.offsetHeight}px`;
    figures.replaceChildren();
    strip(data.marks);
    if (data.news2) draw(data.news2, data.marks, false, [text("most"), text("least"), text("proven")]);
    for (const known of vitals) {
      const line = data.vitals.find((line) => line.vital === known.vital);
      draw(line ?? { ...known, at: [] }, data.marks, data.is_single, [text("highest"), text("lowest"), text("mean")]);
    }
    figures.style.minHeight = "";
    const isHome = view[0] === home[0] && view[1] === home[1];
    const seconds = data.stretch_seconds;
    const stretch = seconds < 60 ? text("seconds", { count: seconds })
      : seconds < 3600 ? text("minutes", { count: seconds / 60 })
        : text("hours", { count: seconds / 3600 });
    const what = data.is_single ? text("single") : text("stretches", { time: stretch });
    told.replaceChildren(text("told", { from: moment.format(view[0] * 1000), until: moment.format(view[1] * 1000), what }), " ");
    if (isHome) return;
    const link = element("a", text("show"));
    link.href = `?from=${Math.round(view[0] * 1000)}&until=${Math.round(view[1] * 1000)}#values`;
    told.append(link);
  };

  const load = async (query) => {
    const number = asked += 1;
    const answer = await fetch(`${path}?${query}`, { redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const data = await answer.json();
    if (number !== asked) return;
    if (!home) {
      home = view = [data.from / 1000, data.until / 1000];
      vitals = data.vitals;
    }
    // One that was not there before was measured only in another time.
    for (const line of data.vitals) if (!vitals.some((known) => known.vital === line.vital)) vitals.push(line);
    rebuild(data);
  };

  let waiting = 0;
  const failed = () => {
    told.textContent = text("lost");
  };

  // Moves at once what is drawn; what belongs there is asked for when it rests.
  const show = ([from, until]) => {
    const now = Date.now() / 1000;
    if (until - from < SHORTEST) { const middle = (from + until) / 2; [from, until] = [middle - SHORTEST / 2, middle + SHORTEST / 2]; }
    const latest = Math.max(now, home[1]);
    if (until > latest) [from, until] = [from - (until - latest), latest];
    view = [from, until];
    for (const chart of charts) chart.setScale("x", { min: from, max: until });
    clearTimeout(waiting);
    const isHome = from === home[0] && until === home[1];
    const query = isHome ? place.dataset.query : `from=${Math.round(from * 1000)}&until=${Math.round(until * 1000)}`;
    waiting = setTimeout(() => load(query).catch(failed), 150);
  };

  const zoom = (by) => {
    const middle = (view[0] + view[1]) / 2, half = Math.min((view[1] - view[0]) / 2 * by, 45 * 86400);
    show([middle - half, middle + half]);
  };
  const pan = (by) => show(view.map((at) => at + by * (view[1] - view[0])));

  const button = (words, act) => {
    const made = element("button", words, "nhsuk-button nhsuk-button--small nhsuk-button--secondary");
    made.type = "button";
    made.addEventListener("click", () => home && act());
    document.getElementById("moves").append(made);
  };
  button(text("in"), () => zoom(.5));
  button(text("out"), () => zoom(2));
  button(text("whole"), () => show(home));

  const KEYS = { ArrowLeft: () => pan(-.25), ArrowRight: () => pan(.25), "+": () => zoom(.5), "-": () => zoom(2), "0": () => show(home) };
  place.addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (!act || !home || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });

  const fit = (width) => { for (const chart of charts) chart.setSize({ width: width ?? chart.root.parentElement.clientWidth, height: chart.height }); };
  let fitting = 0;
  addEventListener("resize", () => { cancelAnimationFrame(fitting); fitting = requestAnimationFrame(() => fit()); });
  // An A4 page is narrower than a screen.
  addEventListener("beforeprint", () => fit(680));
  addEventListener("afterprint", () => fit());

  document.getElementById("legend").hidden = false;
  place.tabIndex = 0;
  load(place.dataset.query).catch(failed);
})();
