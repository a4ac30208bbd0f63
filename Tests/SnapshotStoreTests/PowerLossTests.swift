import Glibc
import SimulatedDisk
@testable import SnapshotStore
import Testing

/// The power goes, or an operation fails, at every single step of a life with five snapshots.
struct PowerLossTests {
    /// What happened before it ended.
    private struct Life {
        var disk = MemoryFileSystem()
        /// Whose publishing has returned.
        var published: [UInt64] = []
        /// Whose publishing had begun.
        var begun: UInt64 = 0
        var policy = SnapshotPolicy()
        var failureCount = 0

        /// Takes five snapshots; what fails is given up, and the next is a full one.
        mutating func run(stopsAtFailure: Bool) {
            let store = Snapshots(disk)
            for sequence in UInt64(1)...5 {
                do {
                    try store.directory.prepare(shard: 0)
                    // The fourth is full in any case.
                    let isFull = policy.nextIsFull || sequence == 4
                    let pending = try store.write(sequence, continuing: isFull ? nil : policy.newest)
                    begun = sequence
                    _ = try pending.publish(keeping: 1)
                    published.append(sequence)
                    policy.didPublish(pending.file)
                } catch {
                    failureCount += 1
                    policy.didFail()
                    if stopsAtFailure { return }
                }
            }
        }
    }

    private static let operationCount = {
        var life = Life()
        life.run(stopsAtFailure: true)
        return life.disk.operationCount
    }()

    @Test(arguments: [MemoryFileSystem.Fault.powerLossBefore, .powerLossAfter])
    func `after a loss of power at any step, the last published snapshot is there`(
        fault: MemoryFileSystem.Fault
    ) throws {
        #expect(Self.operationCount > 60)
        for operation in 0..<Self.operationCount {
            for seed in UInt64(0)..<12 {
                var life = Life()
                life.disk.fault = (operation, fault)
                life.run(stopsAtFailure: true)
                let store = Snapshots(life.disk.afterPowerLoss(seed: seed))
                let place = "operation \(operation), seed \(seed)"
                let found = store.open().sequences.last ?? 0
                #expect(found == life.published.last ?? 0 || found == life.begun, "\(place)")
                try store.directory.prepare(shard: 0)
                #expect(store.open().sequences.last ?? 0 == found, "\(place)")
                try store.publish(9)
                #expect(store.open() == ([9], []), "\(place)")
            }
        }
    }

    @Test(arguments: [ENOSPC, EROFS, EIO])
    func `a failure at any step costs one snapshot, never the one before`(code: Int32) throws {
        for operation in 0..<Self.operationCount {
            var life = Life()
            life.disk.fault = (operation, .failure(code))
            life.run(stopsAtFailure: false)
            #expect(life.failureCount <= 1)
            let found = Snapshots(life.disk).open()
            // The last one may be there although a clean-up after it failed.
            #expect(found.sequences.last == 5 || found.sequences.last == 4, "operation \(operation)")
            #expect(found.sequences.last ?? 0 >= life.published.last ?? 0)
        }
    }

    @Test func `a disk that fails for good keeps the last good snapshot, and is used again when it is back`()
        throws
    {
        for operation in 0..<Self.operationCount {
            var life = Life()
            life.disk.fault = (operation, .failuresFromNow(EROFS))
            life.run(stopsAtFailure: false)
            let found = Snapshots(life.disk).open().sequences.last ?? 0
            #expect(found == life.published.last ?? 0 || found == life.begun, "operation \(operation)")
            life.disk.heal()
            let store = Snapshots(life.disk)
            try store.directory.prepare(shard: 0)
            try store.publish(9)
            #expect(store.open() == ([9], []))
        }
    }

    @Test func `a directory that is taken away is made again`() throws {
        let store = Snapshots()
        try store.directory.prepare(shard: 0)
        try store.publish(1)
        store.disk.lose("state/shard-0")
        #expect(throws: FileError.self) { try store.publish(2) }
        #expect(store.open() == ([], []))
        try store.directory.prepare(shard: 0)
        try store.publish(3)
        #expect(store.open() == ([3], []))
    }
}
