extension LivePage {
    /// The search for one customer, and the start of everything.
    static let customerScript = #"""
        function element(name, text, cls) {
          const node = document.createElement(name);
          if (text !== undefined) node.textContent = text;
          if (cls) node.className = cls;
          return node;
        }
        function list(texts) {
          const host = element('ul', undefined, 'facts');
          host.append(...texts.map(text => element('li', text)));
          return host;
        }
        // Charts are drawn once their place on the page has a width.
        let drawings = [];
        function churnCurve(report) {
          const orders = report.orders, host = element('div');
          const points = orders.curve.map(point => [Date.parse(point.at), point.probability]);
          const x0 = points[0][0], x1 = points[points.length - 1][0], ticks = [];
          for (let index = 0; index <= 4; index++) ticks.push(x0 + (x1 - x0) * index / 4);
          const marks = orders.crossings.filter(c => c.at).map((c, row) => ({x: Date.parse(c.at),
            label: `${c.level.replace('_', ' ')} ${c.threshold}`, row}));
          const now = report.watermark ? Date.parse(report.watermark) : null;
          if (now && now >= x0 && now <= x1) marks.push({x: now, label: 'now', cls: 'now', row: 3});
          drawings.push(() => lineChart(host, {label: 'probability of still being a customer over time',
            series: [{points}], x0, x1, yMax: 1, xTicks: ticks, area: true, marks,
            xLabel: x => new Date(x).toISOString().slice(0, 10)}));
          return host;
        }
        function cartTable(cart) {
          const table = element('table'), head = element('tr');
          head.append(...['sku', 'quantity', 'price', 'touched'].map(text => element('th', text)));
          table.append(head, ...cart.items.map(item => {
            const row = element('tr');
            row.append(element('td', item.sku), element('td', item.quantity),
              element('td', item.price ? `${item.price} ${item.currency}` : '-'), element('td', minute(item.touched)));
            return row;
          }));
          const scroll = element('div', undefined, 'scroll');
          scroll.append(table);
          return scroll;
        }
        function showCustomer(reply) {
          const host = byId('customer'), parts = [];
          drawings = [];
          if (!reply.reports.length)
            parts.push(element('p', `Nothing is known of ${reply.customer}` + (reply.is_complete ? '.' : ' so far.')));
          for (const report of reply.reports) {
            parts.push(element('h3', report.customer),
              element('p', `partition ${report.partition}, as of ${minute(report.watermark)} UTC (event time)`, 'dim'));
            parts.push(list(report.sentences));
            if (report.cart) parts.push(element('h3', 'Cart'), cartTable(report.cart));
            if (report.orders) parts.push(element('h3', 'Probability of still being a customer'), churnCurve(report));
            const ends = reason => reason.until ? `, until ${minute(reason.until)} UTC` : ', no known end';
            if (report.reasons.length) parts.push(element('h3', 'Why no ads'),
              list(report.reasons.map(reason => reason.name.replace('_', ' ') + ends(reason))));
            parts.push(element('h3', 'Next'), report.timers.length ?
              list(report.timers.map(timer => timer.sentence)) : element('p', 'Nothing is waiting to fire.'));
          }
          parts.push(element('h3', 'Last records, and why'));
          parts.push(reply.triggers.length ? list(reply.triggers.map(trigger =>
            `${minute(trigger.at)} · ${trigger.type.replace('_', ' ')}: ${trigger.sentence}`)) :
            element('p', 'None among the newest in memory.'));
          host.replaceChildren(...parts);
          drawings.forEach(draw => draw());
        }
        async function findCustomer(id) {
          byId('find').value = id;
          const address = new URL(location.href);
          address.hash = 'customer=' + encodeURIComponent(id);
          history.replaceState(null, '', address);
          const host = byId('customer');
          try {
            const response = await ask('/v1/customers/' + encodeURIComponent(id));
            if (!response.ok && response.status !== 404) throw new Error(await response.text());
            showCustomer(await response.json());
            byId('h-customer').scrollIntoView({block: 'nearest'});
          } catch (error) {
            host.replaceChildren(element('p', 'No answer: ' + (error.message || 'the daemon is away')));
          }
        }
        byId('ask').addEventListener('submit', event => {
          event.preventDefault();
          const id = byId('find').value.trim();
          if (id) findCustomer(id);
        });
        let resizing = 0;
        addEventListener('resize', () => {
          clearTimeout(resizing);
          resizing = setTimeout(() => { showCharts(); drawings.forEach(draw => draw()); }, 150);
        });
        refresh();
        setInterval(refresh, 2000);
        follow();
        if (location.hash.startsWith('#customer=')) findCustomer(decodeURIComponent(location.hash.slice(10)));

        """#
}
