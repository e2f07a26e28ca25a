'use strict';
// Draws the overview and a chart for each domain, which zoom together. Names are only ever set as
// text. When all is drawn, the body says so, and how much there is.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const end = data.last + 1;
  const view = { from: data.first, to: end };
  const canvases = [];
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const element = (tag, parent, text) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  const two = (n) => String(n).padStart(2, '0');
  const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  const when = (minute) => {
    const d = new Date(minute * 60000);
    return `${days[d.getUTCDay()]} ${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  };
  const unpack = (text) => {
    const values = [];
    if (text === '') return values;
    for (const part of text.split(',')) {
      const [value, times] = part.split('*');
      const number = value === '' ? null : Number(value) / data.parts;
      for (let i = times === undefined ? 1 : Number(times); i > 0; i--) values.push(number);
    }
    return values;
  };
  // What the rows of the table lead to.
  const firings = data.firings.map(([chart, since, to]) => ({ chart, since, to }));
  const apart = (minutes) => minutes === 1 ? 'a minute' : `${minutes} minutes`;
  const number = (value, unit) => value === null ? 'unknown' :
    `${Math.abs(value) >= 1000 ? Math.round(value) : Math.round(value * 100) / 100}${unit}`;

  const LEFT = 52, RIGHT = 8;
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200];
  // A canvas that is drawn anew whenever the view changes; `paint` gets its context and its scale.
  const canvas = (parent, height, label, paint, hover) => {
    const made = element('canvas', parent);
    made.style.height = `${height}px`;
    made.tabIndex = 0;
    made.setAttribute('role', 'img');
    made.setAttribute('aria-label', label);
    const one = { made, mark: null, cursor: null, is_seen: true };
    one.draw = () => {
      const width = made.clientWidth, ratio = devicePixelRatio || 1;
      if (width === 0) return;
      made.width = Math.round(width * ratio);
      made.height = Math.round(height * ratio);
      const c = made.getContext('2d');
      c.scale(ratio, ratio);
      c.font = '11px system-ui, sans-serif';
      const x = (minute) => LEFT + (minute - view.from) / (view.to - view.from) * (width - LEFT - RIGHT);
      const bottom = height - 16;
      const step = steps.find((s) => (view.to - view.from) / s <= width / 95) || 43200;
      c.fillStyle = css('--faint');
      c.strokeStyle = css('--grid');
      for (let m = Math.ceil(view.from / step) * step; m < view.to; m += step) {
        const d = new Date(m * 60000);
        const text = step >= 1440 || m % 1440 === 0
          ? `${days[d.getUTCDay()]} ${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`
          : `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
        c.beginPath(); c.moveTo(x(m), 0); c.lineTo(x(m), bottom); c.stroke();
        if (x(m) + 3 + c.measureText(text).width < width) c.fillText(text, x(m) + 3, height - 4);
      }
      c.save();
      c.beginPath(); c.rect(LEFT, 0, width - LEFT - RIGHT, bottom); c.clip();
      paint(c, x, width, bottom, false);
      if (one.cursor !== null) {
        c.strokeStyle = css('--faint');
        c.beginPath(); c.moveTo(x(one.cursor), 0); c.lineTo(x(one.cursor), bottom); c.stroke();
      }
      if (one.mark) {
        c.fillStyle = css('--c0'); c.globalAlpha = .18;
        c.fillRect(Math.min(...one.mark), 0, Math.abs(one.mark[0] - one.mark[1]), bottom);
        c.globalAlpha = 1;
      }
      c.restore();
      paint(c, x, width, bottom, true);
      made.dataset.drawn = 'yes';
    };
    const minute = (event) => {
      const box = made.getBoundingClientRect();
      const part = (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
      return view.from + Math.min(1, Math.max(0, part)) * (view.to - view.from);
    };
    made.addEventListener('pointerdown', (event) => {
      one.down = minute(event);
      one.mark = [event.offsetX, event.offsetX];
      made.setPointerCapture(event.pointerId);
    });
    made.addEventListener('pointermove', (event) => {
      one.cursor = Math.floor(minute(event));
      if (one.mark) one.mark[1] = event.offsetX;
      if (hover) hover(one.cursor);
      one.draw();
    });
    made.addEventListener('pointerleave', () => { one.cursor = null; if (hover) hover(null); one.draw(); });
    made.addEventListener('pointercancel', () => { one.mark = null; one.draw(); });
    made.addEventListener('pointerup', (event) => {
      const from = one.down, to = minute(event), far = one.mark && Math.abs(one.mark[0] - event.offsetX) > 4;
      one.mark = null;
      if (far) zoom(Math.min(from, to), Math.max(from, to)); else one.draw();
    });
    made.addEventListener('dblclick', () => zoom(data.first, end));
    made.addEventListener('wheel', (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      scale(event.deltaY > 0 ? 1.3 : 1 / 1.3, minute(event));
    }, { passive: false });
    made.addEventListener('keydown', (event) => {
      const by = (view.to - view.from) / 4;
      if (event.key === '+') scale(.5); else if (event.key === '-') scale(2);
      else if (event.key === 'ArrowLeft') zoom(view.from - by, view.to - by);
      else if (event.key === 'ArrowRight') zoom(view.from + by, view.to + by);
      else if (event.key === 'Escape') zoom(data.first, end);
      else return;
      event.preventDefault();
    });
    canvases.push(one);
    return one;
  };
  let range;
  const zoom = (from, to) => {
    const length = Math.min(end - data.first, Math.max(5, Math.round(to - from)));
    view.from = Math.max(data.first, Math.min(Math.round(from), end - length));
    view.to = view.from + length;
    range.textContent = `${when(view.from)} to ${when(view.to)}`;
    for (const one of canvases) if (one.is_seen) one.draw(); else one.made.dataset.drawn = 'no';
  };
  const scale = (by, at) => {
    const middle = at === undefined ? (view.from + view.to) / 2 : at;
    zoom(middle - (middle - view.from) * by, middle + (view.to - middle) * by);
  };

  // The overview: a line for each rule that fired. What zooms stands outside of it, so that it stays
  // in sight down to the last chart.
  const overview = document.getElementById('overview');
  const bar = element('div', overview.parentNode);
  bar.className = 'bar';
  overview.before(bar);
  for (const [text, title, act] of [
    ['all', 'the whole time (Esc)', () => zoom(data.first, end)],
    ['+', 'closer', () => scale(.5)],
    ['\u2212', 'farther', () => scale(2)],
    ['\u2190', 'earlier', () => zoom(view.from - (view.to - view.from) / 2, view.to - (view.to - view.from) / 2)],
    ['\u2192', 'later', () => zoom(view.from + (view.to - view.from) / 2, view.to + (view.to - view.from) / 2)],
  ]) {
    const button = element('button', bar, text);
    button.title = title;
    button.addEventListener('click', act);
  }
  range = element('span', bar);
  range.id = 'range';
  element('span', bar, 'drag over a chart to zoom, double-click for all');
  // The lesser severities come first, and are drawn first.
  const spans = data.overview.map(([rule, severity, from, to]) => ({ rule, severity, from, to }));
  const fired = [...new Set(spans.map((span) => span.rule))];
  if (fired.length > 0) {
    const height = 32 * fired.length + 20;
    canvas(overview, height, 'when each rule fired', (c, x, width, bottom, over) => {
      fired.forEach((rule, line) => {
        // The name stands above its line: beside it, it would take its room or lie over it.
        const y = 32 * line + 15;
        if (over) {
          c.fillStyle = css('--text');
          c.fillText(String(data.rules[rule]).slice(0, 60), LEFT + 2, y - 4);
          return;
        }
        for (const span of spans) if (span.rule === rule && span.to > view.from && span.from < view.to) {
          c.fillStyle = css(`--${span.severity}`);
          c.globalAlpha = .75;
          c.fillRect(x(span.from), y, Math.max(2, x(span.to) - x(span.from)), 12);
          c.globalAlpha = 1;
        }
      });
    });
    if (data.apart > 0)
      element('p', overview, `alerts of a rule that are at most ${apart(data.apart)} apart are drawn as one`).className = 'hint';
  }

  // Returns curves in panels: those of one unit whose greatest values are of about one size share a
  // scale, so that none is flat beside another. Counts of requests share none with other
  // numbers, which are of different things sooner than percents.
  const panels = (curves) => {
    const found = [];
    for (const curve of [...curves].sort((a, b) => b.greatest - a.greatest)) {
      const kind = curve.unit || (/\brequests\b/.test(curve.text) ? 'requests' : 'number');
      const fits = (panel) => panel.kind === kind && panel.greatest <= (kind === '%' ? 20 : 4) * curve.greatest;
      const panel = found.find(fits);
      if (panel) panel.curves.push(curve);
      else found.push({ kind, unit: curve.unit, greatest: curve.greatest, curves: [curve] });
    }
    // Percents, then in the order in which the curves came: first what rules fired by.
    for (const panel of found) panel.curves.sort((a, b) => a.place - b.place);
    return found.sort((a, b) => (b.kind === '%') - (a.kind === '%') || a.curves[0].place - b.curves[0].place);
  };

  // A chart for each domain, in panels of a scale each.
  const charts = document.getElementById('charts');
  const seen = 'IntersectionObserver' in window ? new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const one = canvases.find((c) => c.made === entry.target);
      one.is_seen = entry.isIntersecting;
      if (one.is_seen && one.made.dataset.drawn !== 'yes') one.draw();
    }
  }, { rootMargin: '600px' }) : null;
  let points = 0;
  const boxes = [];
  for (const chart of data.charts) {
    const box = element('div', charts);
    boxes.push(box);
    const own = chart.spans.map(([severity, fires, from, to]) => ({ severity, fires, from, to }));
    element('h3', box, `${chart.title} \u2013 ${chart.alerts === 1 ? '1 alert' : `${chart.alerts} alerts`}`);
    const curves = chart.curves.map((curve, place) => {
      const values = unpack(curve.values);
      // Of several minutes there are the greatest value and the least.
      const lows = curve.lows === null ? values : unpack(curve.lows);
      points += values.length;
      let greatest = 0.001;
      for (const value of values) greatest = Math.max(greatest, Math.abs(value));
      for (const value of lows) greatest = Math.max(greatest, Math.abs(value));
      for (const line of curve.thresholds) greatest = Math.max(greatest, Math.abs(line.value / data.parts));
      return { ...curve, values, lows, greatest, place, colour: `--c${place % 6}`, is_on: true };
    });
    // Where no rule compares a value, as with `no data`, there are the alerts alone.
    const all = curves.length > 0 ? panels(curves) : [{ unit: '', curves: [] }];
    all.forEach(({ unit, curves: shown }, panel) => {
      const legend = element('div', box);
      legend.className = 'legend';
      const words = [];
      const tell = (minute) => shown.forEach((curve, i) => {
        const at = minute === null ? null : Math.floor((minute - chart.begin) / data.bucket);
        const value = at === null || at < 0 || at >= curve.values.length ? undefined : curve.values[at];
        const low = curve.lows[at];
        words[i].textContent = curve.text + (value === undefined ? '' :
          low === value ? ` ${number(value, unit)}` : ` ${number(low, unit)} to ${number(value, unit)}`);
      });
      const time = (minute) => { clock.textContent = minute === null ? '' : when(minute); };
      const paint = (c, x, width, bottom, over) => {
        const on = shown.filter((curve) => curve.is_on);
        const first = Math.max(0, Math.floor((view.from - chart.begin) / data.bucket));
        const last = Math.ceil((view.to - chart.begin) / data.bucket);
        let top = unit === '%' ? 1 : 0.001, least = 0;
        for (const curve of on) {
          for (let i = first; i < Math.min(last, curve.values.length); i++) {
            top = Math.max(top, curve.values[i]); least = Math.min(least, curve.lows[i]);
          }
          for (const line of curve.thresholds) {
            top = Math.max(top, line.value / data.parts); least = Math.min(least, line.value / data.parts);
          }
        }
        if (unit === '%' && least >= 0) top = Math.min(100, top * 1.1); else top *= 1.1;
        const y = (value) => bottom - (value - least) / (top - least) * (bottom - 6);
        if (over) {
          if (shown.length === 0) return;
          c.fillStyle = css('--faint'); c.textAlign = 'right';
          for (const value of [least, (least + top) / 2, top])
            c.fillText(number(value, unit), LEFT - 6, Math.max(10, y(value) + 4));
          c.textAlign = 'left';
          return;
        }
        for (const span of own) if (span.to > view.from && span.from < view.to) {
          c.fillStyle = css(`--${span.severity}`);
          c.globalAlpha = span.fires ? .2 : .08;
          c.fillRect(x(span.from), 0, Math.max(1, x(span.to) - x(span.from)), bottom);
          c.globalAlpha = 1;
        }
        const labels = [];
        for (const curve of on) {
          c.strokeStyle = css(curve.colour);
          c.setLineDash([5, 4]);
          for (const line of curve.thresholds) {
            const at = y(line.value / data.parts);
            c.globalAlpha = .7; c.beginPath(); c.moveTo(LEFT, at); c.lineTo(width - RIGHT, at); c.stroke(); c.globalAlpha = 1;
            labels.push({ at, colour: curve.colour, text: number(line.value / data.parts, unit) });
          }
          c.setLineDash([]);
          c.lineWidth = 1.3;
          c.beginPath();
          // Many minutes of one pixel are drawn as the span from the least to the greatest.
          const wide = Math.max(1, Math.floor((last - first) / Math.max(1, width - LEFT - RIGHT)));
          let is_down = false;
          for (let i = first; i < Math.min(last, curve.values.length); i += wide) {
            let low = null, high = null;
            for (let j = i; j < Math.min(i + wide, curve.values.length); j++) {
              if (curve.values[j] === null) continue;
              low = low === null ? curve.lows[j] : Math.min(low, curve.lows[j]);
              high = high === null ? curve.values[j] : Math.max(high, curve.values[j]);
            }
            if (high === null) { is_down = false; continue; }
            const at = x(chart.begin + (i + wide / 2) * data.bucket);
            if (is_down) c.lineTo(at, y(high)); else c.moveTo(at, y(high));
            if (low !== high) c.lineTo(at, y(low));
            if (!is_down && wide === 1) c.lineTo(at + .5, y(high));
            is_down = true;
          }
          c.stroke();
          c.lineWidth = 1;
        }
        // Numbers of lines that are close stand side by side, and equal ones once.
        const placed = [];
        for (const label of labels.sort((a, b) => a.at - b.at)) {
          if (placed.some((other) => other.text === label.text && Math.abs(other.at - label.at) < 1)) continue;
          const column = (n) => placed.some((other) => other.column === n && Math.abs(other.at - label.at) < 12);
          label.column = 0;
          while (column(label.column)) label.column++;
          placed.push(label);
          c.fillStyle = css(label.colour);
          c.textAlign = 'right';
          c.fillText(label.text, width - RIGHT - 2 - 44 * label.column, Math.max(10, label.at - 3));
          c.textAlign = 'left';
        }
      };
      const height = shown.length === 0 ? 60 : panel === 0 ? 170 : 90;
      const one = canvas(box, height, `${shown.map((s) => s.text).join(', ') || 'alerts'} of ${chart.title}`,
        paint, (minute) => { tell(minute); time(minute); });
      box.insertBefore(legend, one.made);
      shown.forEach((curve, i) => {
        const button = element('button', legend);
        const sign = element('b', button);
        sign.style.background = `var(${curve.colour})`;
        words[i] = element('span', button, curve.text);
        button.title = curve.thresholds.length === 0 ? 'show or hide' :
          curve.thresholds.map((line) => `${line.rule}, ${line.severity}: ${number(line.value / data.parts, unit)}`).join('\n');
        button.addEventListener('click', () => {
          curve.is_on = !curve.is_on;
          button.classList.toggle('off', !curve.is_on);
          one.draw();
        });
      });
      const clock = element('span', legend);
    });
    if (chart.apart > 0)
      element('p', box, `alerts that are at most ${apart(chart.apart)} apart are drawn as one`).className = 'hint';
    if (chart.left > 0) {
      const left = element('p', box, `and ${chart.left} more ${chart.left === 1 ? 'value that a rule looks' : 'values that rules look'} at, without a curve here`);
      left.className = 'hint';
    }
  }
  if (seen) for (const one of canvases) seen.observe(one.made);

  // What is merely for information would hide the rest of the table.
  const table = document.getElementById('firings');
  if (table) {
    const rows = [...table.tBodies[0].rows];
    const severities = ['critical', 'warning', 'info'];
    const of = (row) => row.cells[1].textContent;
    const counted = severities.map((severity) => rows.filter((row) => of(row) === severity).length);
    const filter = document.createElement('div');
    filter.className = 'filter';
    table.parentNode.before(filter);
    severities.forEach((severity, place) => {
      if (counted[place] === 0) return;
      const label = element('label', filter);
      const box = element('input', label);
      box.type = 'checkbox';
      box.checked = severity !== 'info' || counted[place] === rows.length;
      element('span', label, ` ${severity} (${counted[place]})`);
      const show = () => { for (const row of rows) if (of(row) === severity) row.hidden = !box.checked; };
      box.addEventListener('change', show);
      show();
    });
  }

  // An alert in the table leads to its time in the charts.
  document.querySelectorAll('#firings tbody tr').forEach((row, place) => {
    const f = firings[place];
    if (!f) return;
    row.className = 'link';
    row.tabIndex = 0;
    const go = () => {
      const around = Math.max(15, (f.to - f.since) / 2);
      zoom(f.since - around, f.to + around);
      (f.chart === null ? overview : boxes[f.chart]).scrollIntoView({ block: 'center' });
    };
    row.addEventListener('click', go);
    row.addEventListener('keydown', (event) => { if (event.key === 'Enter') go(); });
  });
  addEventListener('resize', () => canvases.forEach((one) => one.draw()));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => canvases.forEach((one) => one.draw()));
  zoom(data.first, end);
  // `report.html#from=MINUTE&to=MINUTE` opens at a time.
  const asked = /^#from=(\d+)&to=(\d+)$/.exec(location.hash);
  if (asked) zoom(Number(asked[1]), Number(asked[2]));
  document.body.dataset.charts = String(data.charts.length);
  document.body.dataset.points = String(points);
  document.body.dataset.range = `${view.from}-${view.to}`;
})();
