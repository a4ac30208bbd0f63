import Model
import Primitives

/// Gives the events of a chunk their places in their sequences, slice by slice in order, while later slices are still
/// being decoded.
///
/// Whoever has decoded a slice places what can be placed by then, unless another worker is at it; so all slices are
/// placed when the last worker is done. Isolation: any worker calls `note`, the driver everything else, between phases.
final class SlicePlacement: @unchecked Sendable {
    // SAFETY: `clock` and `firstLine` belong to the one who set `isPlacing`, and between the phases to the driver.
    private struct State {
        var isDecoded: [Bool]
        var placedCount = 0
        var isPlacing = false

        /// The slice whose turn it is, if it is decoded and nobody is placing.
        mutating func takeNext() -> Int? {
            guard !isPlacing, placedCount < isDecoded.count, isDecoded[placedCount] else { return nil }
            isPlacing = true
            return placedCount
        }
    }

    private let slices: [DecodedSlice]
    private let state: Monitor<State>
    /// The sequences and their watermarks, as they are after all slices.
    private(set) var clock: SequenceClock
    private var firstLine: UInt32 = 0

    /// - Parameter notesRises: whether it will be asked which lines made timers due; a worker that is alone fires each
    ///   one where it belongs.
    init(_ slices: [DecodedSlice], latenessMilliseconds: Int64, notesRises: Bool = true) {
        self.slices = slices
        clock = SequenceClock(latenessMilliseconds: latenessMilliseconds, notesRises: notesRises)
        state = Monitor(State(isDecoded: Array(repeating: false, count: slices.count)))
    }

    /// Begins a chunk: no slice is decoded.
    func begin() {
        clock.beginChunk()
        firstLine = 0
        state.change { state in
            state.placedCount = 0
            for index in state.isDecoded.indices { state.isDecoded[index] = false }
        }
    }

    /// The slice at `index` is decoded.
    func note(decoded index: Int) {
        var next = state.change { state in
            state.isDecoded[index] = true
            return state.takeNext()
        }
        while let index = next {
            slices[index].firstLine = firstLine
            firstLine += slices[index].lineCount
            clock.place(slices[index])
            next = state.change { state in
                state.isPlacing = false
                state.placedCount += 1
                return state.takeNext()
            }
        }
    }

    /// Lines of the chunk.
    var lineCount: Int64 { Int64(firstLine) }

    /// `--until`: every watermark rises to `time`.
    func raiseAll(to time: EventTime) { clock.raiseAll(to: time) }
}
