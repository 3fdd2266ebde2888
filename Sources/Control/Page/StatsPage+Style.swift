extension StatsPage {
    /// Two palettes, one layout from 400 to 1280 pixels and more. Colours never stand alone: the
    /// words are there.
    static let style = """
        :root{--ink:#1d2430;--soft:#5b6575;--page:#f4f5f8;--card:#fff;--line:#dde1e8;--accent:#2456b8;
        --up:#1e7b45;--upbg:#e2f4e9;--down:#b3261e;--downbg:#fbe4e2;--warn:#8a5a00;--warnbg:#fff1d6;
        --backup:#2a5c9e;--backupbg:#e3edfa;--maint:#7a4b1e;--maintbg:#f6e8da;--drain:#6b3fa0;--drainbg:#eee5f8}
        @media(prefers-color-scheme:dark){:root{--ink:#e4e8ef;--soft:#98a2b3;--page:#12151b;--card:#1a1f28;
        --line:#2c3340;--accent:#86b1ff;--up:#7fd8a2;--upbg:#17311f;--down:#ff9d94;--downbg:#3b1917;
        --warn:#f2c266;--warnbg:#372b10;--backup:#9cc4f7;--backupbg:#16283f;--maint:#e6b98c;
        --maintbg:#362617;--drain:#cdb0f2;--drainbg:#2b1f3d}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--ink);font:14px/1.45 system-ui,sans-serif}
        header,main{max-width:1500px;margin:0 auto;padding:12px 16px}
        h1{font-size:20px;margin:0}h2{font-size:15px;margin:0;padding:8px 12px}
        h1 .node,small,.version{color:var(--soft);font-weight:400}
        p{margin:4px 0}a{color:var(--accent);text-decoration:none}a:hover,a:focus{text-decoration:underline}
        nav{margin-top:6px;display:flex;flex-wrap:wrap;gap:4px 14px}
        .about{color:var(--soft);margin:-6px 0 4px;padding:0 12px 4px;overflow-wrap:anywhere}
        h2{overflow-wrap:anywhere}
        form>p{padding:6px 12px;margin:0}
        .outcome{background:var(--warnbg);color:var(--warn);padding:6px 12px;border-radius:6px}
        section{background:var(--card);border:1px solid var(--line);border-radius:8px;margin:0 0 14px;overflow:hidden}
        .cards{background:none;border:0;display:flex;flex-wrap:wrap;gap:8px}
        .card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px 12px;
        white-space:nowrap;flex:1 0 auto}
        .card b{color:var(--soft);font-weight:500}
        .scroll{overflow-x:auto}
        table{border-collapse:separate;border-spacing:0;width:100%;font-variant-numeric:tabular-nums;font-size:12.5px}
        th,td{padding:4px 9px;text-align:right;white-space:nowrap;border-top:1px solid var(--line)}
        thead th{color:var(--soft);font-weight:500;font-size:11.5px}
        th:first-child{text-align:left;position:sticky;left:0;background:var(--card);min-width:110px;
        max-width:200px;white-space:normal;overflow-wrap:anywhere}
        tbody th{font-weight:500}td:nth-child(2),th:nth-child(2){text-align:left}
        tr.f th,tr.f td,tr.b th,tr.b td{font-weight:600}tr.f small,tr.b small{font-weight:400}
        td small{font-size:11px}td.up small,td.down small,td.maint small,td.drain small{color:inherit;opacity:.8}
        .up{color:var(--up);background:var(--upbg)}.down{color:var(--down);background:var(--downbg)}
        .falling,.rising{color:var(--warn);background:var(--warnbg)}
        .backup{color:var(--backup);background:var(--backupbg)}
        .maint{color:var(--maint);background:var(--maintbg)}.drain{color:var(--drain);background:var(--drainbg)}
        .none{color:var(--soft)}
        \(columnWidths)
        @media(max-width:760px){.w{display:none}header,main{padding:10px}th,td{padding:4px 6px}
        .card{padding:6px 8px}
        th:first-child{max-width:120px}}

        """

    /// The same columns of all tables stand below each other where there is room for them.
    private static let columnWidths =
        "@media(min-width:761px){"
        + [
            120, 95, 115, 75, 60, 70, 95, 60, 50, 70, 70, 50, 40, 40, 55, 60, 55, 55,
        ].enumerated().map { "thead th:nth-child(\($0 + 1)){width:\($1)px}" }.joined() + "}"
}
