import Primitives

/// What befalls the members, and when, by seed. Pure.
struct TroubleMaker {
    /// One trouble.
    enum Trouble: Equatable {
        case kill
        case terminate
        case freeze
    }

    /// One step of the plan.
    struct Step: Equatable {
        /// How long all goes on before it.
        var pauseMilliseconds: Int
        var trouble: Trouble
        /// The member, from 0.
        var member: Int
        /// For how long the member is away or frozen.
        var awayMilliseconds: Int
    }

    private let options: SoakOptions
    private var random: RandomStream
    private var freezeMember = 0

    init(_ options: SoakOptions) {
        self.options = options
        random = RandomStream(seed: options.seed &+ 0x50A1)
    }

    mutating func next() -> Step {
        let pause = whole(options.pauses)
        let kind = random.unit()
        let trouble: Trouble =
            options.freezes && kind < 0.35
            ? .freeze : kind < (options.freezes ? 0.55 : 0.2) ? .terminate : .kill
        var member = random.index(below: options.memberCount)
        var away = 0
        switch trouble {
        case .freeze:
            // One after the other, so that none is spared.
            member = freezeMember % options.memberCount
            freezeMember += 1
            away = options.sessionTimeoutMilliseconds * 14 / 10 + whole(0...1_000)
        case .kill, .terminate:
            // Often back at once, sometimes only after the others had to take over.
            if options.memberCount > 1, random.chance(0.5) {
                away = whole(0...options.sessionTimeoutMilliseconds * 12 / 10)
            }
        }
        return Step(
            pauseMilliseconds: pause, trouble: trouble, member: member, awayMilliseconds: away)
    }

    private mutating func whole(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + random.index(below: range.count)
    }
}
