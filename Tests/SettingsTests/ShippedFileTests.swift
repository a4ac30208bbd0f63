import FoundationEssentials
import Settings
import Testing

/// The root of the package.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

@Suite struct ShippedFileTests {
    private let path = root.appending(path: "config/tetik.yaml").path()

    @Test func `the shipped file has every key with default, unit and range`() throws {
        if ProcessInfo.processInfo.environment["UPDATE_SHIPPED_FILE"] != nil {
            try ShippedFile.text().write(toFile: path, atomically: true, encoding: .utf8)
        }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let wanted = ShippedFile.text()
        #expect(text == wanted, "run with UPDATE_SHIPPED_FILE=1 to write it anew, and read the difference")
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 110 })
    }

    @Test func `the shipped file parses to exactly the defaults and sets every key`() throws {
        let loaded = try SettingsLoader.load(file: path, environment: [:], overrides: [])
        #expect(loaded.settings == Settings())
        let unset = loaded.entries.filter { $0.origin == .standard }.map(\.path)
        #expect(unset == ["kafka.properties"])
    }

    @Test func `every key has a sentence, an example that is taken, and an environment name of its own`() {
        var names: Set<String> = []
        for key in SettingRegistry.keys {
            #expect(key.summary.hasSuffix("."), "\(key.path)")
            #expect(names.insert(key.environmentName).inserted, "\(key.path)")
            if key.kind == .properties { continue }
            let loaded = Result { () throws(SettingsError) in
                try SettingsLoader.load(
                    file: "/dev/null", environment: [key.environmentName: key.example],
                    overrides: key.path == "rules.value.enabled" ? ValueKeys.parameters : [])
            }
            switch loaded {
            case .success(let loaded):
                #expect(loaded.origin(of: key.path) == .environment(key.environmentName))
                #expect(loaded.settings != Settings(), "\(key.path)'s example is the default")
            case .failure(let error): Issue.record(error)
            }
        }
    }

    @Test func `every configuration of the conformance suite loads`() throws {
        let suite = root.deletingLastPathComponent().appending(path: "shared/conformance")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: suite.path())) ?? []
        if names.isEmpty { print("SKIPPED: no conformance suite at \(suite.path())") }
        var count = 0
        for name in names.sorted() {
            let file = suite.appending(path: name).appending(path: "config.yaml").path()
            guard FileManager.default.fileExists(atPath: file) else { continue }
            let loaded = try SettingsLoader.load(file: file, environment: [:], overrides: [])
            #expect(loaded.settings.rules.currency.isPresent)
            count += 1
        }
        #expect(names.isEmpty || count > 0)
    }
}
