extension LivePage {
    /// Asking the daemon again and again, and showing what it says. Texts go in as text, never as markup.
    static let script = #"""
        const TYPES = ['abandoned_cart', 'cart_recovered', 'churn_risk', 'ad_suppression'];
        const byId = id => document.getElementById(id);
        let token = sessionStorage.getItem('tetik-token') || '';
        let samples = [], last = null, isPaused = false, lastEventId = '', waiting = [], leftOut = 0;

        class NeedsToken extends Error {}
        async function ask(path, options = {}) {
          const headers = Object.assign({}, options.headers);
          if (token) headers.Authorization = 'Bearer ' + token;
          const response = await fetch(path, Object.assign({cache: 'no-store'}, options, {headers}));
          if (response.status === 401) {
            byId('login').hidden = false;
            if (token) byId('wrong').hidden = false;
            token = '';
            sessionStorage.removeItem('tetik-token');
            throw new NeedsToken();
          }
          byId('login').hidden = byId('wrong').hidden = true;
          return response;
        }
        byId('login').addEventListener('submit', event => {
          event.preventDefault();
          token = byId('token').value.trim();
          sessionStorage.setItem('tetik-token', token);
          byId('token').value = '';
          byId('wrong').hidden = true;
          refresh();
        });

        function duration(seconds) {
          if (seconds === null || seconds === undefined) return '-';
          if (seconds < 0) return '-' + duration(-seconds);
          if (seconds < 0.001) return Math.round(seconds * 1e6) + ' µs';
          if (seconds < 1) return Math.round(seconds * 1e3) + ' ms';
          if (seconds < 60) return +seconds.toFixed(seconds < 10 ? 1 : 0) + ' s';
          if (seconds < 3600) return Math.floor(seconds / 60) + 'm ' + Math.floor(seconds % 60) + 's';
          if (seconds < 86400) return Math.floor(seconds / 3600) + 'h ' + Math.floor(seconds % 3600 / 60) + 'm';
          return Math.floor(seconds / 86400) + 'd ' + Math.floor(seconds % 86400 / 3600) + 'h';
        }
        function bytes(count) {
          if (count === null || count === undefined) return '-';
          let unit = 0, value = count;
          while (value >= 1024 && unit < 3) { value /= 1024; unit++; }
          return +value.toFixed(1) + ' ' + ['B', 'KiB', 'MiB', 'GiB'][unit];
        }
        const whole = count => count === null || count === undefined ? '-' : count.toLocaleString('en');
        const counted = (count, name) => `${count} ${name}${count === 1 ? '' : 's'}`;
        const clock = ms => new Date(ms).toTimeString().slice(0, 5);
        const minute = text => text ? text.slice(0, 16).replace('T', ' ') : '-';

        // Quantile of what happened since an older copy of a histogram.
        function quantile(now, before, share) {
          const counts = now.counts.map((count, index) => count - (before ? before.counts[index] : 0));
          const total = now.count - (before ? before.count : 0);
          if (total <= 0) return null;
          let seen = 0, lower = 0, bound = 0.0005;
          for (const count of counts) {
            if (count > 0 && seen + count >= share * total)
              return lower + (bound - lower) * Math.max(share * total - seen, 0) / count;
            seen += count; lower = bound; bound *= 2;
          }
          return now.max_microseconds / 1e6;
        }

        function showState(status) {
          const state = byId('state');
          state.className = 'state ' + (status.is_ready ? 'good' : status.is_live ? 'warn' : 'bad');
          state.textContent = (status.is_ready ? 'ready' : 'not ready') + ' · ' +
            status.phase.replaceAll('_', ' ') + ' for ' + duration(status.phase_seconds);
          byId('about').textContent = `version ${status.version} · group ${status.consumer_group} · rules ` +
            `${status.configuration_fingerprint} · up ${duration(status.uptime_seconds)}`;
          showProblems(status.problems);
        }
        function showProblems(list) {
          const host = byId('problems');
          host.hidden = !list.length;
          host.replaceChildren(...list.map(text => {
            const item = document.createElement('li');
            item.textContent = text;
            return item;
          }));
        }
        function showTiles(status) {
          const same = last && last.uptime_seconds <= status.uptime_seconds;
          const seconds = same ? Math.max(status.uptime_seconds - last.uptime_seconds, 0.001) : null;
          const rate = (now, before) => seconds === null ? '-' : shortNumber((now - before) / seconds);
          const total = status.totals;
          byId('t-events').textContent = rate(total.event_count, last ? last.totals.event_count : 0);
          byId('t-triggers').textContent = rate(total.trigger_count, last ? last.totals.trigger_count : 0);
          byId('t-lag').textContent = whole(total.lag_count);
          byId('t-latency').textContent = duration(quantile(status.trigger_latency, null, 0.5)) + ' / ' +
            duration(quantile(status.trigger_latency, null, 0.99));
          byId('t-customers').textContent = whole(total.customer_count);
          byId('t-memory').textContent = bytes(total.memory_byte_count);
          byId('t-snapshot').textContent = duration(status.snapshots.age_seconds) + ' / ' +
            (status.snapshots.count ? duration(status.snapshots.last_seconds) : '-');
          byId('t-dead').textContent = whole(total.dead_letter_count);
        }
        function showShards(status) {
          byId('shards').replaceChildren(...status.shards.map(shard => {
            const row = document.createElement('tr');
            const cells = [shard.is_recovered ? shard.partition : shard.partition + ' (recovering)',
              whole(shard.event_count), whole(shard.lag_count), minute(shard.watermark),
              duration(shard.watermark_delay_seconds), whole(shard.customer_count), bytes(shard.memory_byte_count),
              duration(shard.last_step_age_seconds), duration(shard.last_commit_age_seconds)];
            row.append(...cells.map(text => {
              const cell = document.createElement('td');
              cell.textContent = text;
              return cell;
            }));
            return row;
          }));
        }
        function showCharts() {
          const now = Date.now(), x1 = now, x0 = Math.max(now - 3600e3, samples.length ?
            Math.min(samples[0].at_milliseconds, now - 120e3) : now - 120e3);
          const step = [60e3, 300e3, 600e3, 900e3].find(step => (x1 - x0) / step <= 6) || 900e3;
          const ticks = [];
          for (let x = Math.ceil(x0 / step) * step; x <= x1; x += step) ticks.push(x);
          const draw = (id, label, fields, extra) => lineChart(byId(id), Object.assign({label, x0, x1, xTicks: ticks,
            xLabel: clock, series: fields.map(field => ({points: samples.map(s => {
              const value = field(s);
              return [s.at_milliseconds, value === undefined ? null : value];
            })}))}, extra));
          const scaled = (value, factor) => value === undefined || value === null ? null : value * factor;
          draw('c-events', 'events per second over the last hour', [s => s.event_count / s.seconds], {area: true});
          draw('c-triggers', 'triggers per second by type over the last hour',
            TYPES.map((_, index) => s => s.trigger_counts[index] / s.seconds),
            {names: TYPES.map(type => type.replace('_', ' '))});
          draw('c-lag', 'records that wait to be read over the last hour', [s => s.lag_count ?? null],
            {area: true, yMin: 4});
          draw('c-latency', 'trigger latency over the last hour', [s => scaled(s.latency_p50_seconds, 1e3),
            s => scaled(s.latency_p99_seconds, 1e3)], {names: ['p50', 'p99']});
          draw('c-customers', 'customers over the last hour', [s => s.customer_count], {area: true});
          draw('c-memory', 'memory of state over the last hour', [s => s.memory_byte_count / 1048576], {area: true});
        }

        async function loadHistory() {
          const after = samples.length ? samples[samples.length - 1].at_milliseconds : 0;
          const news = (await (await ask('/v1/history?after=' + after)).json()).samples;
          samples = samples.concat(news).filter(s => s.at_milliseconds > Date.now() - 3600e3);
        }
        async function refresh() {
          try {
            const status = await (await ask('/v1/status')).json();
            await loadHistory();
            showState(status); showTiles(status); showShards(status); showCharts();
            last = status;
          } catch (error) {
            byId('state').className = 'state bad';
            byId('state').textContent = error instanceof NeedsToken ? 'a token is needed' :
              'the daemon does not answer; trying again';
            if (!(error instanceof NeedsToken)) last = null;
          }
        }

        function summary(record) {
          switch (record.type) {
          case 'abandoned_cart': return `step ${record.step}/${record.steps} · ` + (record.value === null ? 'no price' :
            `${record.value} ${record.currency}`) + ` · ${counted(record.items.length, 'item')} · by ${record.channel}`;
          case 'cart_recovered': return `order ${record.order} · ${record.value} ${record.currency} · after ` +
            duration(record.after_ms / 1e3);
          case 'churn_risk': return `${record.previous} → ${record.level} · P(alive) ${record.p_alive} · ` +
            counted(record.orders, 'order');
          default: return record.suppressed ? `no ads: ${record.reasons.join(', ')}` +
            (record.until ? ` until ${minute(record.until)}` : '') : 'ads again';
          }
        }
        function showRecord(record) {
          const item = document.createElement('li'), time = document.createElement('time');
          time.textContent = minute(record.at);
          const kind = document.createElement('span');
          kind.className = 'kind k-' + record.type;
          kind.textContent = record.type.replace('_', ' ');
          const customer = document.createElement('button');
          customer.type = 'button'; customer.className = 'link';
          customer.textContent = record.customer;
          customer.addEventListener('click', () => findCustomer(record.customer));
          const text = document.createElement('span');
          text.textContent = summary(record);
          item.append(time, kind, customer, text);
          item.dataset.type = record.type;
          item.hidden = !isWanted(record.type);
          const stream = byId('stream');
          stream.prepend(item);
          while (stream.children.length > 200) stream.lastChild.remove();
        }
        // Nobody reads thousands of lines a second: the newest of each half second are shown.
        setInterval(() => {
          if (!waiting.length) return;
          waiting.splice(0).forEach(text => showRecord(JSON.parse(text)));
          byId('quiet').textContent = leftOut ? `${whole(leftOut)} more came than can be shown.` : '';
        }, 500);
        const isWanted = type => document.querySelector(`input[data-type="${type}"]`)?.checked ?? true;
        document.querySelectorAll('input[data-type]').forEach(box => box.addEventListener('change', () => {
          for (const item of byId('stream').children) item.hidden = !isWanted(item.dataset.type);
        }));
        byId('pause').addEventListener('click', event => {
          isPaused = !isPaused;
          event.target.setAttribute('aria-pressed', isPaused);
          event.target.textContent = isPaused ? 'Go on' : 'Pause';
        });

        // EventSource cannot send a token, so the stream is read by hand; it resumes where it was.
        async function follow() {
          for (;;) {
            try {
              const response = await ask('/v1/triggers', {headers: lastEventId ? {'Last-Event-ID': lastEventId} : {}});
              if (!response.ok) throw new Error('no stream');
              const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
              let rest = '';
              for (;;) {
                const {done, value} = await reader.read();
                if (done) break;
                rest += value;
                const parts = rest.split('\n\n');
                rest = parts.pop();
                parts.forEach(takeEvent);
              }
            } catch (error) { /* The loop tries again. */ }
            await new Promise(resolve => setTimeout(resolve, 2000));
          }
        }
        function takeEvent(text) {
          let data = '', type = '';
          for (const line of text.split('\n')) {
            if (line.startsWith('id: ')) lastEventId = line.slice(4);
            if (line.startsWith('event: ')) type = line.slice(7);
            if (line.startsWith('data: ')) data += line.slice(6);
          }
          if (!data || isPaused) return;
          if (type === 'gap') { leftOut += JSON.parse(data).missed; return; }
          waiting.push(data);
          if (waiting.length > 60) { waiting.shift(); leftOut++; }
        }

        """#
}
