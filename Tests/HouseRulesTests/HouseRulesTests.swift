import Foundation
import Testing

/// What a machine can check of the house's style.
struct HouseRulesTests {
    private static let sources = SourceFile.all(below: "Sources")
    private static let tests = SourceFile.all(below: "Tests")

    /// The targets that are one deterministic machine and its parts.
    private static let pureFolders: Set = ["Primitives", "Model", "Engine", "Coordination"]

    /// What each folder below `Sources` may import, besides the standard library and Glibc.
    private static let allowedImports: [String: Set<String>] = [
        "Primitives": ["CSupport", "Synchronization"],
        "Model": ["Primitives"],
        "Engine": ["CSupport", "Model", "Primitives"],
        "SnapshotStore": ["Primitives"],
        "Coordination": ["Model", "Primitives"],
        "KafkaTransport": ["CRdKafka", "Primitives", "Synchronization"],
        "Telemetry": ["Logging", "Primitives", "Synchronization"],
        "Settings": ["Model", "Primitives", "Yams"],
        "Workloads": ["Model", "Primitives"],
        "Fitting": ["Model", "Primitives"],
        "Backtesting": ["Fitting", "Model", "Primitives"],
        "Reporting": ["Backtesting", "Fitting", "Model", "Primitives"],
        "Runtime": [
            "Backtesting", "CCompression", "CSupport", "Coordination", "Engine", "Fitting", "KafkaTransport",
            "Logging", "Model", "Primitives", "Settings", "SnapshotStore", "Synchronization", "Telemetry",
            "Workloads",
        ],
        "AdminService": [
            "FoundationEssentials", "HTTPTypes", "Hummingbird", "Logging", "Model", "Primitives", "Runtime",
            "Settings", "Telemetry",
        ],
        "tetik": [
            "AdminService", "ArgumentParser", "Backtesting", "Engine", "Fitting", "FoundationEssentials",
            "KafkaTransport", "Logging", "Model", "Primitives", "Reporting", "Runtime", "Settings",
            "SnapshotStore", "Telemetry", "Workloads",
        ],
        "Benchmarks": [
            "ArgumentParser", "CBenchSupport", "Engine", "KafkaTransport", "Logging", "Model", "Primitives",
            "Runtime", "Settings", "SnapshotStore", "Workloads",
        ],
        "Simulation": [
            "ArgumentParser", "Coordination", "Dispatch", "Engine", "Foundation", "KafkaTransport", "Logging",
            "Model", "NaiveModel", "Primitives", "Runtime", "Settings", "SimulatedDisk", "Simulation",
            "SnapshotStore", "Workloads",
        ],
    ]

    @Test func `the sources are at hand`() {
        #expect(Self.sources.count > 50)
        #expect(Set(Self.sources.map(\.folder)).isSuperset(of: Self.pureFolders))
    }

    @Test func `a target imports only what its place in the layout allows`() {
        for file in Self.sources {
            guard let allowed = Self.allowedImports[file.folder] else {
                Issue.record("\(file.path): say here what \(file.folder) may import")
                continue
            }
            for (module, index) in file.imports where module != "Glibc" && !allowed.contains(module) {
                Issue.record("\(file.place(index)): \(file.folder) may not import \(module)")
            }
        }
    }

    @Test func `the machine reads no clock, draws no random number, does no I/O and never suspends`() {
        let banned: Set<Substring> = [
            "async", "await", "Task", "actor", "Date", "Clock", "ContinuousClock", "SuspendingClock",
            "SystemRandomNumberGenerator", "DispatchQueue", "Thread", "print", "debugPrint", "hashValue",
            "Hasher", "any", "clock_gettime", "gettimeofday", "open", "read", "write", "getenv", "usleep",
        ]
        let bannedPieces = [".random(", ".randomElement(", ".shuffled(", "pthread_"]
        // Names that are also those of harmless things here.
        let harmless: [String: Set<Substring>] = ["Primitives": ["write", "read"], "Engine": ["write"]]
        for file in Self.sources where Self.pureFolders.contains(file.folder) {
            for (index, line) in file.lines.enumerated() {
                var found = line.words.intersection(banned)
                found.subtract(harmless[file.folder] ?? [])
                for piece in bannedPieces where line.code.contains(piece) { found.insert(piece[...]) }
                if !found.isEmpty { Issue.record("\(file.place(index)): \(found.sorted())") }
            }
        }
    }

    @Test func `nothing stops the program but a precondition`() {
        for file in Self.sources {
            for (index, line) in file.lines.enumerated() {
                // A name of our own is no call of the standard library's.
                let code = line.code.replacing("func fatalError(", with: "").replacing(
                    ".fatalError(", with: "")
                let calls = ["try!", "as!", "fatalError("].filter { code.contains($0) }
                if !calls.isEmpty { Issue.record("\(file.place(index)): \(calls)") }
            }
        }
    }

    @Test func `whatever is unsafe says why it is safe`() {
        for file in Self.sources {
            for (index, line) in file.lines.enumerated() {
                let isUnsafe = ["@unchecked Sendable", "Unmanaged", "nonisolated(unsafe)"].contains {
                    line.code.contains($0)
                }
                if isUnsafe, !file.has("SAFETY:", from: index - 5, through: index + 3) {
                    Issue.record("\(file.place(index)): no SAFETY near it")
                }
            }
        }
    }

    @Test func `lines, functions and files stay short`() {
        for file in Self.sources + Self.tests {
            if file.lines.count > 601 { Issue.record("\(file.path): \(file.lines.count - 1) lines") }
            for (index, line) in file.lines.enumerated() {
                // Prose is not broken by the formatter; a few columns more do no harm there.
                let isText = line.isProse || line.text.contains("\"")
                if line.text.count > (isText ? (file.path.hasPrefix("Tests") ? 130 : 120) : 110) {
                    Issue.record("\(file.place(index)): \(line.text.count) columns")
                }
            }
            for (index, lineCount) in file.functionLengths where lineCount > 70 {
                Issue.record("\(file.place(index)): a function of \(lineCount) lines")
            }
        }
    }

    @Test func `nothing is left to do, and no white space is left over`() {
        // Written in two parts, so that this file is not found.
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        for file in Self.sources + Self.tests {
            for (index, line) in file.lines.enumerated() {
                if marks.contains(where: { line.text.contains($0) }) {
                    Issue.record("\(file.place(index)): something is left to do")
                }
                if line.text.contains("\t") || line.text.hasSuffix(" ") {
                    Issue.record("\(file.place(index)): a tab, or a space at the end")
                }
            }
        }
    }

    @Test func `every folder is a target, and every target of tests has a folder`() throws {
        let package = try String(
            contentsOf: SourceFile.package.appending(path: "Package.swift"), encoding: .utf8)
        func folders(_ parent: String) throws -> [String] {
            let root = SourceFile.package.appending(path: parent)
            return try FileManager.default.contentsOfDirectory(atPath: root.path()).filter { name in
                var isFolder: ObjCBool = false
                let path = root.appending(path: name).path()
                return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                    && isFolder.boolValue
            }
        }
        for name in try folders("Tests") {
            #expect(package.contains("name: \"\(name)\""), "Tests/\(name) is no target")
        }
        for name in try folders("Sources") {
            let isTarget = package.contains("name: \"\(name)\"") || package.contains("\"Sources/\(name)/")
            #expect(isTarget, "Sources/\(name) is no target")
        }
        let parts = package.components(separatedBy: ".testTarget(").dropFirst()
        let names = parts.compactMap { part in
            part.split(separator: "\"", omittingEmptySubsequences: false).dropFirst().first.map(String.init)
        }
        #expect(names.count == parts.count)
        #expect(Set(names).isSubset(of: Set(try folders("Tests"))))
    }

    @Test func `no test sleeps or looks at a clock but those that need a broker`() {
        let brokerFolders: Set = ["KafkaTransportTests", "LiveTests", "RuntimeTests"]
        let banned: Set<Substring> = [
            "sleep", "usleep", "nanosleep", "ContinuousClock", "SuspendingClock", "Date",
            "SystemRandomNumberGenerator",
        ]
        for file in Self.tests where !brokerFolders.contains(file.folder) {
            for (index, line) in file.lines.enumerated() {
                let found = line.words.intersection(banned)
                if !found.isEmpty { Issue.record("\(file.place(index)): \(found.sorted())") }
            }
        }
    }
}

/// The rules must be able to find something.
struct SourceFileTests {
    private let file = SourceFile(
        path: "Sources/Engine/X.swift",
        text: """
            public import Model
            @testable import Engine
            // import Foundation
            let text = "await \\" // no comment" + word // await
            func short() {
                let a = 1
            }
            func long(
                _ a: Int
            ) -> Int {
                a
            }
            protocol P {
                func none()
                var other: Int { get }
            }
            """)

    @Test func `imports, code and functions are found`() {
        #expect(file.folder == "Engine")
        #expect(file.imports.map(\.module) == ["Model", "Engine"])
        #expect(file.lines[2].isProse)
        #expect(file.lines[3].code == "let text =  + word ")
        #expect(file.lines[3].words == ["let", "text", "word"])
        #expect(file.functionLengths.map(\.lineCount) == [3, 5])
    }
}
