extension LivePage {
    /// Line charts as inline SVG: axes with round numbers, lines with gaps where nothing is known.
    static let charts = #"""
        'use strict';
        const NS = 'http://www.w3.org/2000/svg';
        function svgNode(name, attributes, text) {
          const node = document.createElementNS(NS, name);
          for (const key in attributes) node.setAttribute(key, attributes[key]);
          if (text !== undefined) node.textContent = text;
          return node;
        }
        function niceStep(span, count) {
          const raw = span / Math.max(count, 1), power = Math.pow(10, Math.floor(Math.log10(raw || 1)));
          for (const factor of [1, 2, 5, 10]) if (raw <= factor * power) return factor * power;
          return 10 * power;
        }
        function shortNumber(value) {
          const size = Math.abs(value);
          if (size >= 1e9) return +(value / 1e9).toFixed(1) + 'G';
          if (size >= 1e6) return +(value / 1e6).toFixed(1) + 'M';
          if (size >= 1e4) return +(value / 1e3).toFixed(1) + 'k';
          if (size >= 100 || value === Math.round(value)) return String(Math.round(value));
          return String(+value.toPrecision(2));
        }
        // chart: {series: [{points: [[x, y or null]]}], xLabel(x), xTicks, yMax, area, marks: [{x, label, cls}]}
        function lineChart(host, chart) {
          const width = Math.max(host.clientWidth || 380, 240), height = 170;
          const left = 44, right = 10, top = 8, bottom = 22;
          const all = chart.series.flatMap(s => s.points), known = all.filter(p => p[1] !== null);
          const xs = all.map(p => p[0]).concat((chart.marks || []).map(m => m.x));
          const x0 = chart.x0 ?? Math.min(...xs), x1 = chart.x1 ?? Math.max(...xs);
          let yTop = chart.yMax ?? Math.max(chart.yMin || 0, ...known.map(p => p[1]));
          const step = niceStep(yTop || 1, 4);
          if (chart.yMax === undefined) yTop = Math.max(step, Math.ceil(yTop / step) * step);
          const X = x => left + (x - x0) / Math.max(x1 - x0, 1) * (width - left - right);
          const Y = y => height - bottom - y / yTop * (height - top - bottom);
          const svg = svgNode('svg', {viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': chart.label});
          for (let y = 0; y <= yTop + step / 1e6; y += step) {
            svg.append(svgNode('line', {class: y ? 'grid' : 'axis', x1: left, x2: width - right, y1: Y(y), y2: Y(y)}));
            svg.append(svgNode('text', {x: left - 6, y: Y(y) + 4, 'text-anchor': 'end'}, shortNumber(y)));
          }
          let freeFrom = 0;
          for (const x of chart.xTicks || []) {
            if (x < x0 || x > x1 || X(x) < freeFrom) continue;
            freeFrom = X(x) + chart.xLabel(x).length * 7 + 12;
            const edge = X(x) > width - 40 ? 'end' : X(x) < left + 30 ? 'start' : 'middle';
            svg.append(svgNode('text', {x: X(x), y: height - 6, 'text-anchor': edge}, chart.xLabel(x)));
          }
          chart.series.forEach((series, index) => {
            let path = '', open = false, lastX = 0, firstX = 0;
            for (const [x, y] of series.points) {
              if (y === null) { open = false; continue; }
              path += (open ? 'L' : 'M') + X(x).toFixed(1) + ' ' + Y(Math.min(y, yTop)).toFixed(1);
              if (!open) firstX = X(x);
              open = true; lastX = X(x);
            }
            if (chart.area && index === 0 && path && path.indexOf('M', 1) < 0)
              svg.append(svgNode('path', {class: 'area', d: path + `L${lastX} ${Y(0)}L${firstX} ${Y(0)}Z`}));
            svg.append(svgNode('path', {class: `series s${series.color ?? index}`, d: path}));
          });
          for (const mark of chart.marks || []) {
            svg.append(svgNode('line', {class: mark.cls || 'mark', x1: X(mark.x), x2: X(mark.x), y1: top, y2: Y(0)}));
            const edge = X(mark.x) > width - 70 ? 'end' : 'start';
            svg.append(svgNode('text', {x: X(mark.x) + (edge === 'end' ? -4 : 4), y: top + 9 + (mark.row || 0) * 13,
              'text-anchor': edge}, mark.label));
          }
          if (!known.length) svg.append(svgNode('text', {x: width / 2, y: height / 2, 'text-anchor': 'middle'},
            'nothing yet'));
          host.replaceChildren(svg);
          if (chart.names) {
            const legend = document.createElement('div');
            legend.className = 'legend';
            chart.names.forEach((name, index) => {
              const entry = document.createElement('span'), key = document.createElement('i');
              key.className = 'k' + index;
              entry.append(key, name);
              legend.append(entry);
            });
            host.append(legend);
          }
        }

        """#
}
