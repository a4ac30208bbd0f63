extension LivePage {
    /// Colours of the series are from Okabe and Ito (2008), which colour-blind people tell apart.
    static let style = """
        :root{--bg:#f6f7f9;--card:#fff;--ink:#1b1f24;--dim:#5b6470;--line:#dfe3e8;--good:#116329;--warn:#8a5a00;
        --bad:#b3261e;--a:#0072b2;--b:#b85c00;--c:#00795a;--d:#a8457f;--focus:#0b57d0}
        @media (prefers-color-scheme:dark){:root{--bg:#111418;--card:#1a1f25;--ink:#e8ebef;--dim:#9aa4b0;
        --line:#2c343d;--good:#5fd38a;--warn:#f0b849;--bad:#ff8a80;--a:#56b4e9;--b:#e69f00;--c:#3fc79a;
        --d:#e08fc0;--focus:#8ab4ff}}
        *{box-sizing:border-box}[hidden]{display:none!important}
        body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.45 system-ui,sans-serif;
        padding:12px clamp(10px,3vw,32px) 40px;max-width:1500px;margin-inline:auto}
        header{display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 14px}
        h1{font-size:1.35rem;margin:6px 0}h2{font-size:1.02rem;margin:0 0 8px}h3{font-size:.95rem;margin:14px 0 4px}
        p{margin:4px 0}.dim{color:var(--dim)}.hidden{position:absolute;left:-9999px}
        .skip{position:absolute;left:-9999px}.skip:focus{left:10px;top:6px;background:var(--card);padding:6px 10px}
        .state{font-weight:600}.state.good{color:var(--good)}.state.warn{color:var(--warn)}.state.bad{color:var(--bad)}
        .problems{margin:6px 0;padding:8px 12px 8px 28px;border:1px solid var(--bad);border-radius:8px;color:var(--bad)}
        .card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px;margin:0}
        main{display:grid;grid-template-columns:minmax(0,1fr);gap:12px;margin-top:8px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:8px}
        .tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:8px 12px}
        .tile span{display:block;color:var(--dim);font-size:.82rem}
        .tile b{font-size:1.1rem;font-variant-numeric:tabular-nums;font-weight:600}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:12px}
        figure{min-width:0}figcaption{font-weight:600;font-size:.9rem;margin-bottom:4px}
        svg{display:block;width:100%;height:auto}
        svg text{fill:var(--dim);font:11px system-ui,sans-serif}
        .grid{stroke:var(--line);stroke-width:1}.axis{stroke:var(--dim);stroke-width:1}
        .s0{stroke:var(--a)}.s1{stroke:var(--b)}.s2{stroke:var(--c)}.s3{stroke:var(--d)}
        .series{fill:none;stroke-width:1.8;stroke-linejoin:round}
        .area{fill:var(--a);opacity:.13;stroke:none}
        .mark{stroke:var(--dim);stroke-dasharray:3 3}.now{stroke:var(--bad);stroke-width:1.4}
        .legend{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:.82rem;color:var(--dim);margin-top:2px}
        .legend i{display:inline-block;width:14px;height:3px;vertical-align:middle;margin-right:5px}
        .k0{background:var(--a)}.k1{background:var(--b)}.k2{background:var(--c)}.k3{background:var(--d)}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th,td{text-align:right;padding:4px 10px;border-bottom:1px solid var(--line);white-space:nowrap}
        th{color:var(--dim);font-weight:500;font-size:.85rem}th:first-child,td:first-child{text-align:left}
        form{display:flex;flex-wrap:wrap;gap:8px;margin:0}
        input:not([type=checkbox]){flex:1 1 200px;min-width:0;font:inherit;padding:7px 10px;border-radius:8px;
        border:1px solid var(--dim);background:var(--bg);color:var(--ink)}
        button{font:inherit;padding:7px 14px;border-radius:8px;border:1px solid var(--dim);background:var(--bg);
        color:var(--ink);cursor:pointer}
        :focus-visible{outline:2px solid var(--focus);outline-offset:2px}
        .filters{display:flex;flex-wrap:wrap;gap:6px 16px;align-items:center;margin-bottom:8px}
        .stream{list-style:none;margin:0;padding:0;max-height:420px;overflow-y:auto}
        .stream li{display:grid;grid-template-columns:10em 9.5em minmax(6em,12em) 1fr;gap:2px 10px;padding:4px 2px;
        border-bottom:1px solid var(--line);font-size:.9rem;align-items:baseline}
        .stream time{color:var(--dim);font-variant-numeric:tabular-nums}
        .kind{border-left:4px solid var(--d);padding-left:7px}.kind.k-abandoned_cart{border-color:var(--a)}
        .kind.k-cart_recovered{border-color:var(--b)}.kind.k-churn_risk{border-color:var(--c)}
        .link{border:0;background:none;padding:0;color:inherit;text-decoration:underline;text-align:left;
        overflow-wrap:anywhere}
        .facts{margin:4px 0;padding-left:20px}.facts li{margin:3px 0}
        @media (max-width:640px){.stream li{grid-template-columns:1fr 1fr}.stream li>:last-child{grid-column:1/-1}
        .tiles{grid-template-columns:1fr 1fr}.tile b{font-size:1.05rem}}
        """
}
