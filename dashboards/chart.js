// Charts of a patient's vitals on one time axis. The table below them holds the same
// numbers: without this script nothing is missing.
"use strict";

(() => {
  const place = document.getElementById("charts");
  if (!place || typeof uPlot === "undefined") return;

  const BLUE = "#005eb8", PALE = "rgba(0, 94, 184, .22)", USUAL = "rgba(76, 98, 114, .18)", RED = "#b3141a";
  const charts = [];

  const words = (text) => {
    const line = document.createElement("p");
    line.textContent = text;
    place.replaceChildren(line);
  };

  // The same line at every moment.
  const level = (at, value) => at.map(() => value);

  // What was zoomed in one chart is zoomed in all.
  let zooming = false;
  const follow = (of) => {
    if (zooming) return;
    zooming = true;
    const { min, max } = of.scales.x;
    for (const other of charts) if (other !== of) other.setScale("x", { min, max });
    zooming = false;
  };

  const moment = (zone) => new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: zone });

  // The time of day, and the day where it begins.
  const ticks = (zone) => {
    const written = (form) => new Intl.DateTimeFormat("en-GB", { ...form, timeZone: zone });
    const time = written({ hour: "2-digit", minute: "2-digit" }), day = written({ day: "numeric", month: "short" });
    return (of, moments) => {
      let before = "";
      return moments.map((moment) => {
        const date = day.format(moment * 1000), isNew = date !== before;
        before = date;
        return time.format(moment * 1000) + (isNew ? `\n${date}` : "");
      });
    };
  };

  const draw = (at, vital, zone) => {
    const shown = (of, value, line, place) => (place == null ? "" : value == null ? "none" : value.toFixed(vital.digits));
    const series = [
      { label: "From", value: (of, at) => (at == null ? "" : moment(zone).format(at * 1000)) },
      { label: "Highest", value: shown, stroke: PALE, width: 1, points: { show: false } },
      { label: "Lowest", value: shown, stroke: PALE, width: 1, points: { show: false } },
      { label: "Mean", value: shown, stroke: BLUE, width: 2, points: { show: true, size: 4 } },
    ];
    const data = [at, vital.max, vital.min, vital.mean];
    const bands = [{ series: [1, 2], fill: PALE }];
    if (vital.usual) {
      const [low, high] = vital.usual;
      series.push({ label: "Usual up to", value: shown, stroke: USUAL, width: 1, points: { show: false } });
      series.push({ label: "Usual from", value: shown, stroke: USUAL, width: 1, points: { show: false } });
      data.push(level(at, high), level(at, low));
      bands.push({ series: [4, 5], fill: USUAL });
    }
    for (const limit of vital.limits) {
      series.push({ label: "Limit", value: shown, stroke: RED, width: 2, dash: [8, 6], points: { show: false } });
      data.push(level(at, limit));
    }
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = `${vital.name} ${vital.unit}`.trim();
    figure.append(caption);
    place.append(figure);
    charts.push(new uPlot({
      width: figure.clientWidth, height: 190, series, bands,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
      cursor: { sync: { key: "vitals" }, drag: { x: true, y: false } },
      scales: { x: { range: (of, min, max) => [min, max] } },
      axes: [{ values: ticks(zone) }, { size: 56 }],
      hooks: { setScale: [(of, scale) => { if (scale === "x") follow(of); }] },
    }, data, figure));
  };

  const begin = async () => {
    const answer = await fetch(place.dataset.series, { redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const { at, vitals } = await answer.json();
    place.replaceChildren();
    for (const vital of vitals) draw(at, vital, place.dataset.zone);
    addEventListener("resize", () => {
      for (const chart of charts) chart.setSize({ width: chart.root.parentElement.clientWidth, height: 190 });
    });
  };

  begin().catch(() => words("The charts could not be loaded. The table below holds the values as of the time above."));
})();
