import Glibc
import Primitives
import Settings

/// The secret that requests bring where others than this host can connect. It is never shown, not even in part.
public struct AccessToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// Shorter ones can be guessed. 16 characters of base64 are 96 bits.
    private static let byteCountMin = 16
    private static let byteCountMax = 512

    private let digest: [UInt8]

    /// Takes a token of `byteCountMin` to `byteCountMax` printable ASCII characters.
    /// - Returns: nil for anything else.
    public init?(_ text: some Sequence<UInt8>) {
        let bytes = Array(text)
        guard (Self.byteCountMin...Self.byteCountMax).contains(bytes.count),
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        digest = Self.digest(of: bytes)
    }

    /// Whether `text` is the token; takes the same time whatever it is.
    ///
    /// Digests are compared, so that not even the token's length shows.
    public func matches(_ text: some Sequence<UInt8>) -> Bool {
        var difference: UInt8 = 0
        for (left, right) in zip(digest, Self.digest(of: Array(text))) { difference |= left ^ right }
        return difference == 0
    }

    private static func digest(of bytes: [UInt8]) -> [UInt8] {
        var digest: [UInt8] = []
        bytes.withUnsafeBytes { SHA256.withDigest(of: $0) { digest = Array($0) } }
        return digest
    }

    /// `[hidden]`.
    public var description: String { KafkaProperty.hidden }
    /// Without children, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: [(label: String?, value: Any)]()) }
}

extension AccessToken {
    /// Why there is no token though there should be one.
    public struct Failure: Error, CustomStringConvertible, Sendable {
        /// What is wrong, with the file, and what to do; without the token.
        public let description: String
    }

    /// Reads the token that the settings name, or that systemd has given as credential `http-token`.
    ///
    /// - Returns: nil if neither is there, which only a loopback address may do without.
    public static func load(
        _ settings: HTTPSettings, environment: [String: String]
    ) throws(Failure) -> AccessToken? {
        var path = settings.tokenFile
        if path.isEmpty {
            guard let directory = environment["CREDENTIALS_DIRECTORY"] else { return nil }
            path = "\(directory)/http-token"
            guard access(path, F_OK) == 0 else { return nil }
        }
        let line = try firstLine(of: path)
        guard let token = AccessToken(line) else {
            throw Failure(
                description:
                    "http.token_file: the first line of \(path) must be \(byteCountMin) to \(byteCountMax) "
                    + "printable ASCII characters without spaces, such as 'openssl rand -base64 24' writes")
        }
        return token
    }

    private static func firstLine(of path: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(
                description: "http.token_file: \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: byteCountMax + 2)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else {
            throw Failure(
                description: "http.token_file: \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        return Array(bytes[..<count].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
    }
}
