import KafkaTransport
import Model
@testable import Runtime
import Settings
import Telemetry
import Testing

extension LiveTests {
    @Suite(.serialized) struct ObservationTests {
        @Test func `a shard answers questions between its steps`() throws {
            try withCluster { cluster in
                let settings = try cluster.settings()
                try writeRecords([settings.add("c-1", at: testDay)], to: cluster)
                try withDaemon(settings) { running in
                    try eventually("it is read") { running.totals.eventCount == 1 }
                    let replies = Monitor<[CustomerDesk.Reply]>([])
                    let desk = running.daemon.observer.desk
                    for key in ["c-1", "nobody"] {
                        #expect(
                            desk.ask(key: Array(key.utf8)) { reply in replies.change { $0.append(reply) } }
                                != nil)
                    }
                    let all = try #require(
                        replies.wait(milliseconds: patienceMilliseconds) { $0.count == 2 ? $0 : nil })
                    #expect(all.filter { !$0.isComplete }.isEmpty)
                    let views = all.flatMap(\.answers).map(\.view)
                    #expect(views.map(\.key) == ["c-1"])
                    #expect(views.first?.cart?.items.map(\.sku) == ["A"])
                }
            }
        }

        @Test func `a stuck shard is not live and feeds no watchdog, and a lost broker is not ready`() throws
        {
            try withCluster { cluster in
                let settings = try cluster.settings()
                try writeRecords([settings.add("c-1", at: testDay)], to: cluster)
                try withDaemon(settings) { running in
                    let observer = running.daemon.observer
                    try eventually("it works") {
                        running.totals.eventCount == 1 && running.daemon.status.isReady
                    }
                    #expect(observer.areLoopsTurning)
                    observer.state.change { $0.turnMillisecondsMax = 5_000 }
                    observer.setHeld(true, loop: 0)
                    defer { observer.setHeld(false, loop: 0) }
                    try eventually("it is stuck") { !observer.areLoopsTurning }
                    #expect(!running.daemon.status.isLive && !running.daemon.status.isReady)
                    observer.setHeld(false, loop: 0)
                    try eventually("it goes on") { observer.areLoopsTurning && running.daemon.status.isReady }
                    try cluster.setBrokerDown()
                    try eventually("it is not ready") { running.daemon.status.phase == .waitingForKafka }
                    #expect(running.daemon.status.isLive && !running.daemon.status.isReady)
                    try cluster.setBrokerUp()
                    try eventually("it is ready again") { running.daemon.status.isReady }
                }
            }
        }
    }
}
