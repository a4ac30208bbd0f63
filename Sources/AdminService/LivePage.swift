import Hummingbird
import Primitives

/// The page at `/`: one file without anything from elsewhere. It holds no data; its script asks for them.
enum LivePage {
    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Tetik</title>
        <link rel="icon" href="data:,">
        <style>\(style)</style>
        </head>
        \(body)
        <script>\(charts)\(script)\(customerScript)</script>
        </html>
        """

    private static let policy = """
        default-src 'none'; script-src '\(source(charts + script + customerScript))'; \
        style-src '\(source(style))'; connect-src 'self'; img-src data:; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'
        """

    static func response() -> Response {
        var response = Response(
            status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
        response.harden()
        response.headers[.contentSecurityPolicy] = policy
        return response
    }

    /// What names a text in a policy: only this script runs, whatever a record may hold. Source: W3C, "Content
    /// Security Policy Level 3", 2.3.1.
    private static func source(_ text: String) -> String {
        var base64 = ByteWriter(capacity: 64)
        Array(text.utf8).withUnsafeBytes { bytes in
            SHA256.withDigest(of: bytes) { base64.append(base64: $0) }
        }
        return "sha256-" + String(decoding: base64.bytes, as: UTF8.self)
    }
}
