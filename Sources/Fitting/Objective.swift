/// A smooth function of a few variables that is to be made as small as possible.
public protocol Objective {
    /// How many variables there are, at least 1.
    var variableCount: Int { get }

    /// The value at `point`, infinite or not a number where the function is not defined; its derivatives go
    /// to `gradient`, which has `variableCount` elements.
    func value(at point: [Double], gradient: inout [Double]) -> Double
}
