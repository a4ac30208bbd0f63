import Foundation
import KafkaTransport
import Testing

/// How the program ends, as README.md documents it for whoever starts it: systemd, scripts, people.
@Suite(
    .serialized,
    .enabled(
        if: BuiltProgram.path != nil, "there is no built program: swift build -c release --product tetik"))
struct ExitCodeTests {
    private struct Ending {
        var code: Int32
        var error: String
    }

    /// Nothing listens there.
    private static let nobody = [
        "--set", "kafka.bootstrap_servers=127.0.0.1:1", "--set", "kafka.give_up_after=1s",
    ]

    /// Runs the program to its end, without what the environment of the tests has for its keys.
    private func end(_ arguments: [String], input: String = "") throws -> Ending {
        let process = Process()
        process.executableURL = URL(filePath: try #require(BuiltProgram.path))
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("TETIK_") }
        let (standardInput, standardError) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = FileHandle.nullDevice
        process.standardError = standardError
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let error = String(decoding: standardError.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Ending(code: process.terminationStatus, error: error)
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "exit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path())
    }

    @Test(arguments: [
        (["run", "--nope"], 64, "--nope"),
        (["replay"], 64, "Missing expected argument"),
        (["replay", "/nonexistent/log"], 65, "/nonexistent/log"),
        (["snapshot", "verify", "--directory", "/nonexistent"], 65, "/nonexistent"),
        (["run", "--set", "commit_interval=1x"], 78, "commit_interval"),
        (["run", "--config", "/nonexistent/tetik.yaml"], 78, "/nonexistent/tetik.yaml"),
        (["customer", "c-1", "--address", "127.0.0.1:1"], 69, "127.0.0.1:1"),
        (["tail"] + nobody, 69, "127.0.0.1:1"),
        (["record"] + nobody, 69, "127.0.0.1:1"),
    ])
    func `a command that cannot do what it should says why, and whose fault it is`(
        _ arguments: [String], _ code: Int32, _ what: String
    ) throws {
        let ending = try end(arguments)
        #expect(ending.code == code, "\(ending.error)")
        #expect(ending.error.contains(what), "\(ending.error)")
    }

    @Test func `a replay is done, also with bad lines, and a full disk is no fault of the input`() throws {
        let log = "{\"type\":\"click.page\",\"customer\":\"c\",\"ts\":1767225600000}\nno JSON\n"
        let done = try end(["replay", "-"], input: log)
        #expect(done.code == 0, "\(done.error)")
        let full = try end(["replay", "-", "--dead-letters", "/dev/full"], input: log)
        #expect(full.code == 70, "\(full.error)")
    }

    @Test func `a daemon gives up on a cluster that is away, and on a directory that cannot be`() throws {
        try withFolder { folder in
            let run = ["run", "--set", "http.listen=127.0.0.1:0", "--set", "state.directory=\(folder)"]
            let away = try end(run + Self.nobody)
            #expect(away.code == 69, "\(away.error)")
            let homeless = try end(run + Self.nobody + ["--set", "state.directory=/proc/nope"])
            #expect(homeless.code == 78, "\(homeless.error)")
        }
    }

    @Test func `a daemon refuses topics that do not fit, and input that is gone`() throws {
        let cluster = try MockCluster()
        defer { cluster.stop() }
        let outputs = [
            "abandoned_cart", "churn_risk", "ad_suppression", "outcomes", "dead_letters", "journal",
        ]
        for topic in ["clicks", "carts", "other"] + outputs {
            try cluster.createTopic(topic, partitions: topic == "other" ? 3 : 1)
        }
        try withFolder { folder in
            func run(inputs: String) throws -> Ending {
                var arguments = ["run"]
                let own = [
                    "http.listen=127.0.0.1:0", "state.directory=\(folder)", "topics.inputs=\(inputs)",
                    "kafka.bootstrap_servers=\(cluster.bootstrapServers)",
                ]
                for setting in own + outputs.map({ "topics.\($0)=\($0)" }) {
                    arguments += ["--set", setting]
                }
                return try end(arguments)
            }
            let unequal = try run(inputs: "clicks,other")
            #expect(unequal.code == 78 && unequal.error.contains("other has 3"), "\(unequal.error)")
            let consumer = try KafkaConsumer(
                ConsumerConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: "tetik"))
            try consumer.commit(
                [PartitionOffset(TopicPartition("carts", 0), KafkaOffset(100))], timeoutMilliseconds: 30_000)
            consumer.close()
            let gone = try run(inputs: "clicks,carts")
            #expect(gone.code == 65 && gone.error.contains("--accept-data-loss"), "\(gone.error)")
        }
    }
}
