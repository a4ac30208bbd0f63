extension LivePage {
    /// What stands on the page before the script fills it.
    static let body = """
        <body>
        <a class="skip" href="#find">Skip to the search for a customer</a>
        <header>
        <h1>Tetik</h1>
        <p id="state" class="state" role="status" aria-live="polite">connecting</p>
        <p id="about" class="dim"></p>
        </header>
        <ul id="problems" class="problems" hidden></ul>
        <form id="login" class="card" hidden>
        <label for="token">This address needs a token.</label>
        <input id="token" type="password" autocomplete="off" required>
        <button>Use it</button>
        <p id="wrong" class="state bad" role="alert" hidden>That is not the token.</p>
        </form>
        <main>
        <section class="tiles" aria-label="Now">
        <div class="tile"><span>events/s</span><b id="t-events">-</b></div>
        <div class="tile"><span>triggers/s</span><b id="t-triggers">-</b></div>
        <div class="tile"><span>lag</span><b id="t-lag">-</b></div>
        <div class="tile"><span>latency p50 / p99</span><b id="t-latency">-</b></div>
        <div class="tile"><span>customers</span><b id="t-customers">-</b></div>
        <div class="tile"><span>memory</span><b id="t-memory">-</b></div>
        <div class="tile"><span>snapshot age / took</span><b id="t-snapshot">-</b></div>
        <div class="tile"><span>dead letters</span><b id="t-dead">-</b></div>
        </section>
        <section class="charts" aria-label="The last hour">
        <figure class="card"><figcaption>Events per second</figcaption><div id="c-events"></div></figure>
        <figure class="card"><figcaption>Triggers per second, by type</figcaption><div id="c-triggers"></div></figure>
        <figure class="card"><figcaption>Lag, records</figcaption><div id="c-lag"></div></figure>
        <figure class="card"><figcaption>Trigger latency, ms</figcaption><div id="c-latency"></div></figure>
        <figure class="card"><figcaption>Customers</figcaption><div id="c-customers"></div></figure>
        <figure class="card"><figcaption>Memory of state, MiB</figcaption><div id="c-memory"></div></figure>
        </section>
        <section class="card" aria-labelledby="h-shards">
        <h2 id="h-shards">Shards</h2>
        <div class="scroll" tabindex="0" role="region" aria-labelledby="h-shards"><table>
        <thead><tr><th scope="col">shard</th><th scope="col">events</th><th scope="col">lag</th>
        <th scope="col">watermark</th><th scope="col">delay</th><th scope="col">customers</th>
        <th scope="col">memory</th><th scope="col">last step</th><th scope="col">last commit</th></tr></thead>
        <tbody id="shards"></tbody>
        </table></div>
        </section>
        <section class="card" aria-labelledby="h-customer">
        <h2 id="h-customer">One customer</h2>
        <form id="ask" role="search">
        <label for="find" class="hidden">Customer</label>
        <input id="find" name="customer" placeholder="customer id" autocomplete="off"
        spellcheck="false" maxlength="256">
        <button>Find</button>
        </form>
        <div id="customer" aria-live="polite"></div>
        </section>
        <section class="card" aria-labelledby="h-stream">
        <h2 id="h-stream">Triggers as they come</h2>
        <div class="filters" role="group" aria-label="Types shown">
        <label><input type="checkbox" data-type="abandoned_cart" checked> abandoned cart</label>
        <label><input type="checkbox" data-type="cart_recovered" checked> cart recovered</label>
        <label><input type="checkbox" data-type="churn_risk" checked> churn risk</label>
        <label><input type="checkbox" data-type="ad_suppression" checked> ad suppression</label>
        <button type="button" id="pause" aria-pressed="false">Pause</button>
        </div>
        <ol id="stream" class="stream"></ol>
        <p id="quiet" class="dim">None since this page was opened.</p>
        </section>
        </main>
        </body>
        """
}
