import KafkaTransport

/// Topics of one measurement alone.
enum BenchTopics {
    /// Creates them on the embedded broker, or on that at `bootstrapServers` if there is none; waits at most 30 s.
    static func create(
        _ names: [String], partitionCount: Int, on cluster: MockCluster?, orAt bootstrapServers: String
    ) throws {
        if let cluster {
            for name in names { try cluster.createTopic(name, partitions: partitionCount) }
            return
        }
        let admin = try KafkaAdmin(bootstrapServers: bootstrapServers)
        defer { admin.close() }
        // The workload's time is not today's: a broker would soon delete what is older than it keeps records.
        let topics = names.map {
            NewTopic($0, partitionCount: partitionCount, configuration: [("retention.ms", "-1")])
        }
        try admin.createTopics(topics, timeoutMilliseconds: 30_000)
    }
}
