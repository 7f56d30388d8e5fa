/// Counts signature checks of responder certificates over one verification. A plain class: a verification runs on one
/// thread, and its judges share the count.
final class SignatureBudget {
    /// Most checks. A path has few certificates and each answer one responder; this leaves room for every answer of the
    /// longest path twice.
    static let maximum = 64

    private var left = maximum

    /// Takes one check, `false` when none is left.
    func take() -> Bool {
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}
