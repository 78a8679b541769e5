"""Unusual parts of HTTP requests that servers often handle wrongly: request lines, paths, headers, chunks."""

from typing import Final

METHODS: Final = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")

# {m} is the model, {v} its version and {s} a symbol.
PATHS: Final = (
    "/", "/v2", "/v2/health/live", "/v2/health/ready", "/v2/models", "/v2/models/{m}", "/v2/models/{m}/ready",
    "/v2/models/{m}/versions/{v}", "/v2/models/{m}/versions/{v}/ready", "/v2/models/{m}/infer",
    "/v2/models/{m}/versions/{v}/infer", "/v2/repository/index", "/v2/repository/models/{m}/load", "/v1/models",
    "/v1/models/{m}", "/v1/models/{m}:predict", "/metrics", "/symbols", "/symbols/{s}/window", "/report",
    "/report.html", "/versions", "/status", "/openapi.json", "/docs", "/docs/assets", "/docs/assets/",
    "/docs/assets/swagger-ui.css",
)  # fmt: skip

SEGMENTS: Final = (
    "", "a" * 255, "a" * 256, "a" * 300, "a" * 4000, "%C3%A9" * 100,
    ".", "..", "...", "%00", "%0a", "%0d%0aX:y", "%2e%2e", "%2f", "%5c", "..%2f..%2fetc%2fpasswd", "%ff",
    "%ed%a0%80", "%", "%%", "%g1", "%F0%9F%93%88", "%20", "%7f", "%25", "%2500", ";a=b", ":", ":predict", "@", "*",
    "{name}", "~", "$x", "+", "a+b", "CON", "nul", "index.html", "swagger-ui.css", "load", "ready", "versions",
    "infer", "-1", "0", "\\", "|", "^", '"', "<", "`", "[", "]",
)  # fmt: skip

QUERIES: Final = ("", "", "", "?", "?a=b", "?%ff=%00", "?a=" + "b" * 3000, "?&&=&", "?symbol=PETR4.SA", "#x", "?a#b")

# Headers that are valid HTTP, with meaningful and meaningless values. Values are in Latin-1.
HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "Accept": (
        "", ",", "*/*;q=0", "text/html", "application/openmetrics-text", "application/openmetrics-text; version=1.0.0",
        "application/openmetrics-text; version=abc", "application/openmetrics-text; version=", "text/plain; version=x",
        "application/openmetrics-text;version=9.9.9;escaping=allow-utf-8", "text/plain;version=1.0.0;escaping=odd; q=1",
        "application/openmetrics-text; version=1.-1", "text/plain; version=1.0.0; escaping=values",
    ),
    "Accept-Encoding": ("gzip, br", "identity;q=0"),
    "Authorization": ("Basic !!!", "Bearer x"),
    "Content-Encoding": ("identity",),
    "Content-Language": ("\xff",),
    "Content-Type": (
        "", "/", "\xff", ";" * 500, "application/json; charset=utf-16", "multipart/form-data",
        "application/x-www-form-urlencoded",
    ),
    "Cookie": ("a=b; c", "=;=;=" * 50, 'a="\\'),
    "Forwarded": ("for=;",),
    "If-Match": ('"x"', "*", "x"),
    "If-Modified-Since": (
        "Mon, 01 Jan 1990 00:00:00 GMT", "Mon, 01 Jan 2999 00:00:00 GMT", "yesterday", "Mon, 99 Foo 0000 99:99:99 GMT",
        "Mon, 01 Jan 99999 00:00:00 GMT",
    ),
    "If-None-Match": ("*", '"x", W/"y"', "x"),
    "If-Range": ('"x"', "Mon, 01 Jan 1990 00:00:00 GMT"),
    "If-Unmodified-Since": ("Mon, 01 Jan 1990 00:00:00 GMT", "x"),
    "Keep-Alive": ("timeout=0",),
    "Max-Forwards": ("-1",),
    "Origin": ("null", "\xff"),
    "Range": (
        "bytes=0-1", "bytes=99999999-", "bytes=-5", "bytes=5-1", "lines=1-", "bytes=0-1,3-4",
        "bytes=" + "9" * 50 + "-", "",
    ),
    "Referer": ("http://[",),
    "Sec-WebSocket-Key": ("x",),
    "TE": ("trailers",),
    "Trailer": ("X-Trailer",),
    "Via": ("1.0 x",),
    "X-Forwarded-For": ("1.2.3.4, x",),
    "X-Forwarded-Proto": ("gopher",),
    "X-HTTP-Method-Override": ("DELETE",),
    "X-Long": ("b" * 8000,),
    "X-" + "a" * 200: ("b",),
    "traceparent": ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "\xe9", "x" * 4000, "a\tb", ""),
    "tracestate": ("a=b," * 900, "\ta", "\x80"),
    "x-b3-traceid": ("0" * 8000, "", "x"),
}  # fmt: skip

# Headers that a server may refuse, or that change how it parses the request.
BREAKING_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "Host": ("", "[", "a b", "x" * 3000, "\xff", "a:99999", "a@b", "/", "[::1]", "a,b", "a:b:c", "%00"),
    "Content-Length": ("", "-1", "+2", "2, 2", "9" * 30, "0x2", "1" * 5000, "2.0", "2;", "\xb2"),
    "Transfer-Encoding": (
        "", "gzip", "gzip, chunked", "chunked, chunked", "identity", "chunked, identity", "\x0bchunked",
        "chunked;a=b", "x",
    ),
    "Connection": ("close, upgrade, keep-alive", "\xff", "content-length", "", ",", "close\x00"),
    "Upgrade": ("", "websocket", "h2c", "\xff"),
    "Content-Encoding": ("gzip", "\xff", "identity, gzip"),
    "Expect": ("\xff", "100-continue", "x" * 5000),
    "HTTP2-Settings": ("AAA",),
    "Proxy-Connection": ("keep-alive",),
    "X": ("a\x00b", "a\rb", "a\nb", "a\r\n b", "b" * 9000, "\x7f"),
    "X\x00": ("a",),
    " X": ("a",),
    "X ": ("a",),
    "": ("a",),
    "X:Y": ("a",),
    "X" * 9000: ("b",),
    "\xe9": ("a",),
    "(": ("a",),
}  # fmt: skip

REQUEST_LINES: Final = (
    "GET / HTTP/1.1", "get / HTTP/1.1", "G\x00T / HTTP/1.1", "GET  / HTTP/1.1", "GET /", "GET", "", " GET / HTTP/1.1",
    "GET / HTTP/1.1 ", "GET\t/\tHTTP/1.1", "GET / HTTP/1.2", "GET / HTTP/2.0", "GET / HTTP/0.9", "GET / HTTP/1",
    "GET / http/1.1", "GET / HTTPS/1.1", "GET / RTSP/1.0", "GET / ICE/1.0", "GET / HTTP/1.10", "GET / HTTP/9999.1",
    "GET / HTTP/-1.1", "GET / HTTP/1.1\x00", "PRI * HTTP/2.0", "OPTIONS * HTTP/1.1", "GET * HTTP/1.1",
    "CONNECT a:80 HTTP/1.1",
    "CONNECT / HTTP/1.1", "CONNECT a HTTP/1.1", "CONNECT [::1]:x HTTP/1.1", "GET http://h/v2 HTTP/1.1",
    "GET http://[::1/v2 HTTP/1.1", "GET http://a:99999/ HTTP/1.1", "GET http:///v2 HTTP/1.1", "GET http:// HTTP/1.1",
    "GET https://u:p@h/v2 HTTP/1.1", "GET ftp://h/ HTTP/1.1", "GET http://\xe9/ HTTP/1.1", "GET http://h:/ HTTP/1.1",
    "GET //h/v2 HTTP/1.1", "GET //h:x/ HTTP/1.1", "GET /// HTTP/1.1", "GET v2 HTTP/1.1", "GET ?a HTTP/1.1",
    "GET /\xff HTTP/1.1",
    "GET /\xc3\xa9 HTTP/1.1", "GET /\x7f HTTP/1.1", "GET /a b HTTP/1.1", "GET /a\x0bb HTTP/1.1", "TRACE / HTTP/1.1",
    "PROPFIND / HTTP/1.1", "M-SEARCH * HTTP/1.1", "SOURCE / HTTP/1.1", "QUERY / HTTP/1.1", "BREW /pot HTCPCP/1.0",
    "X" * 100 + " / HTTP/1.1", "X" * 9000, "GET /" + "a" * 9000 + " HTTP/1.1", "GET /" + "?" * 3000 + " HTTP/1.1",
    "\x16\x03\x01\x02\x00\x01\x00", "\x00" * 20, "{}", "\xef\xbb\xbfGET / HTTP/1.1",
)  # fmt: skip

# Ends of chunked bodies that are always invalid.
BAD_CHUNKS: Final = (
    b"zz\r\n", b"-1\r\n", b"0x2\r\n{}\r\n", b"2\r\n{}xx\r\n", b"2\n{}\n0\n\n", b"2 \x00\r\n{}\r\n", b"1_0\r\n",
    b"f" * 17 + b"\r\n",
    b"\r\n2\r\n{}\r\n0\r\n\r\n", b"2;a=\x00\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n\r\n", b"+2\r\n{}\r\n0\r\n\r\n",
    b"2\r\n{}\r\n0\r\nbad trailer\r\n\r\n", b"2\r\n{}\r\n0\r\nX: " + b"a" * 9000 + b"\r\n\r\n",
    b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 500 + b"\r\n",
)  # fmt: skip
